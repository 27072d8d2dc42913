import type { Rule } from "./rule.ts";

/** Code that attacks as it stands, and runs of text nobody can read. */
export const codeRules: readonly Rule[] = [
  {
    id: "S14.reverse-shell",
    category: "S14",
    severity: "critical",
    score: 0.98,
    literal: true,
    message: "code that opens a remote shell",
    pattern:
      "/dev/tcp/[^ ]{3,60}|\\bn(?:c|cat) (?:-[a-z]{1,6} ){0,3}-e ?/bin/(?:ba)?sh|socket\\.socket\\([^]{0,60}os\\.dup2\\(|os\\.dup2\\(s\\.fileno\\(\\)|mkfifo /tmp/[a-z0-9]{1,10}; ?cat|new-object (?:system\\.)?net\\.sockets\\.tcpclient",
    anchors: ["devtcp", "binsh", "binbash", "osdup2", "mkfifo", "tcpclient"],
  },
  {
    id: "S14.web-shell",
    category: "S14",
    severity: "critical",
    score: 0.97,
    literal: true,
    message: "code that runs a stranger's commands on a web server",
    pattern:
      "(?:system|exec|eval|passthru|shell_exec|assert)\\( ?(?:base64_decode\\( ?)?\\$_(?:get|post|request|cookie)\\[",
    anchors: ["get", "post", "request", "cookie"],
  },
  {
    id: "S14.destroy",
    category: "S14",
    severity: "critical",
    score: 0.95,
    literal: true,
    message: "a command that destroys a system",
    pattern:
      "rm -(?:rf|fr) (?:--no-preserve-root )?/(?:\\*|[ ;]|$)|dd if=/dev/(?:zero|u?random) of=/dev/[sn][a-z]{1,4}|vssadmin delete shadows|format c: /[yq]",
    anchors: ["rmrf", "rmfr", "rmnopreserve", "ddif", "vssadmin", "formatc"],
  },
  {
    id: "S14.injection",
    category: "S14",
    severity: "critical",
    score: 0.93,
    literal: true,
    message: "code that injects shellcode or steals credentials",
    pattern:
      "virtualallocex\\([^]{0,60}(?:writeprocessmemory|createremotethread)|createremotethread\\(|sekurlsa::logonpasswords|msfvenom -p [a-z/_0-9]{3,40}",
    anchors: ["virtualallocex", "createremotethread", "sekurlsa", "msfvenom"],
  },
  {
    id: "S14.shellcode",
    category: "S14",
    severity: "critical",
    score: 0.9,
    literal: true,
    message: "machine code written out as escaped bytes",
    pattern: "(?:\\\\x[0-9a-f]{2}){8,28}",
    anchors: [],
    sign: "\\x",
  },
  {
    id: "S14.sql-injection",
    category: "S14",
    severity: "medium",
    score: 0.7,
    literal: true,
    message: "an SQL injection string",
    pattern:
      "' ?(?:or|and) ?'?1'? ?= ?'?1'? ?(?:--|#|;|/\\*)|union (?:all )?select [^]{0,40} from (?:information_schema|users)|'; ?drop table [a-z_]{2,30}",
    anchors: ["or", "and", "union", "droptable"],
  },
  {
    id: "opaque.encoded",
    category: "opaque",
    severity: "medium",
    score: 0.6,
    literal: true,
    message: "a long encoded run that nobody can read",
    pattern: "(?<![a-z0-9+/=_-])[a-z0-9+/=_-]{60,110}",
    anchors: [],
    confirm: (matched) => /[a-z]/.test(matched) && !/-{3}|_{3}|={4}|(.)\1{9}/.test(matched),
  },
];
