import { whole } from "../../../../../shared/format.ts";
import type { RolloutAnalysis } from "../../../../../shared/contract/rollout-status.ts";
import { Defined } from "../../../ui/text/Defined.tsx";
import parts from "../Parts.module.css";
import classes from "./EvidenceTable.module.css";
import { evidenceWords, metricWords, setAsideSentence } from "../rollout-labels.ts";

/** What the evidence is made of, metric by metric, with the other tests beneath. */
export function EvidenceTable({ analysis }: { readonly analysis: RolloutAnalysis }) {
  const { metrics, settling, evidence, threshold, pass, passThreshold, sampleRatio, shadowPairs } = analysis;
  return (
    <section className={parts.part} aria-labelledby="evidence-parts">
      <h3 className={parts.partTitle} id="evidence-parts">
        What speaks against the canary
      </h3>
      <table className={classes.parts} aria-label="Evidence by metric">
        <thead>
          <tr>
            <th scope="col">Metric</th>
            <th scope="col">
              <Defined what="share">Share</Defined>
            </th>
            <th scope="col">
              <Defined what="evidence">Evidence</Defined>
            </th>
          </tr>
        </thead>
        <tbody>
          {metrics.map(({ metric, value, share, measures }) => {
            const setAside = setAsideSentence({ measures });
            return (
              <tr key={metric}>
                <th scope="row">
                  <Defined what={metric}>{metricWords[metric]}</Defined>
                  {setAside !== null && (
                    <div className={classes.aside}>
                      <Defined what="measuredBy">{setAside}</Defined>
                    </div>
                  )}
                </th>
                <td>{Math.round(share * 100)} %</td>
                <td>{evidenceWords(value)}</td>
              </tr>
            );
          })}
          <tr className={classes.sum}>
            <th scope="row">Together</th>
            <td>
              <Defined what="threshold">rolls back at {evidenceWords(threshold)}</Defined>
            </td>
            <td>{evidenceWords(evidence)}</td>
          </tr>
          <tr>
            <th scope="row">
              <Defined what="pass">Shown not to be slower</Defined>
            </th>
            <td>at {evidenceWords(passThreshold)}</td>
            <td>{evidenceWords(pass)}</td>
          </tr>
          <tr>
            <th scope="row">
              <Defined what="sampleRatio">Arms not comparable</Defined>
            </th>
            <td>held at 1,000</td>
            <td>{evidenceWords(sampleRatio)}</td>
          </tr>
          {shadowPairs.pairs > 0 && (
            <tr>
              <th scope="row">
                <Defined what="shadowPairs">Shadow pairs</Defined>
              </th>
              <td>{whole(shadowPairs.pairs)} pairs</td>
              <td>{evidenceWords(shadowPairs.evidence)}</td>
            </tr>
          )}
        </tbody>
      </table>
      {settling.stable + settling.candidate > 0 && (
        <p className={parts.quiet}>
          <Defined what="settling">
            {whole(settling.stable)} stable units and {whole(settling.candidate)} of the canary’s
          </Defined>{" "}
          came while a model settled after it was loaded: no evidence of latency.
        </p>
      )}
    </section>
  );
}
