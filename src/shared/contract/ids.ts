import { z } from "zod";

/** Ids are UUIDv7 strings, branded so that one kind is never passed for another. */
export const modelId = z.uuid().brand<"ModelId">();
export const versionId = z.uuid().brand<"VersionId">();
export const assignmentId = z.uuid().brand<"AssignmentId">();
export const inferenceId = z.uuid().brand<"InferenceId">();
export const storyId = z.uuid().brand<"StoryId">();
export const passageId = z.uuid().brand<"PassageId">();
export const proposalId = z.uuid().brand<"ProposalId">();
export const violationId = z.uuid().brand<"ViolationId">();
export const jobId = z.uuid().brand<"JobId">();
export const suiteId = z.uuid().brand<"SuiteId">();
export const testCaseId = z.uuid().brand<"TestCaseId">();
export const testRunId = z.uuid().brand<"TestRunId">();
export const rolloutId = z.uuid().brand<"RolloutId">();
export const subscriberId = z.uuid().brand<"SubscriberId">();
export const alertId = z.uuid().brand<"AlertId">();

export type ModelId = z.infer<typeof modelId>;
export type VersionId = z.infer<typeof versionId>;
export type AssignmentId = z.infer<typeof assignmentId>;
export type InferenceId = z.infer<typeof inferenceId>;
export type StoryId = z.infer<typeof storyId>;
export type PassageId = z.infer<typeof passageId>;
export type ProposalId = z.infer<typeof proposalId>;
export type ViolationId = z.infer<typeof violationId>;
export type JobId = z.infer<typeof jobId>;
export type SuiteId = z.infer<typeof suiteId>;
export type TestCaseId = z.infer<typeof testCaseId>;
export type TestRunId = z.infer<typeof testRunId>;
export type RolloutId = z.infer<typeof rolloutId>;
export type SubscriberId = z.infer<typeof subscriberId>;
export type AlertId = z.infer<typeof alertId>;
