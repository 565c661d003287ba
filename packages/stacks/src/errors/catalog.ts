/** Exit codes of the CLI, by kind of failure. 0 is success. */
export const exitCode = {
  /** Something nobody foresaw. */
  bug: 1,
  /** The command line, `chatops.yaml` or a file it names is wrong. */
  usage: 2,
  /** This machine lacks something: a tool, a permission, a free port, disk space, the network. */
  machine: 3,
  /** Somebody else got there first: another operation, a moved ledger. */
  conflict: 4,
  /** A step failed; the operation is paused and can be resumed or aborted. */
  paused: 5,
  /** What was deployed is missing, unreachable or unhealthy. */
  unhealthy: 6,
  /** A drill missed an objective. */
  missed: 7,
  /** A drill showed that a promise does not hold. */
  violated: 8,
  /** A drill was given up. */
  aborted: 9,
  /** Ctrl-C or SIGTERM. */
  interrupted: 130,
} as const

export interface CatalogEntry {
  readonly exit: (typeof exitCode)[keyof typeof exitCode]
  /** What the code means, one sentence. */
  readonly meaning: string
  /** What to do about it, one or two sentences. */
  readonly hint: string
}

const entries = {
  USAGE: {
    exit: exitCode.usage,
    meaning: "The command line names a command, an argument or a flag that is not accepted, or lacks one.",
    hint: "The command with --help shows what is accepted.",
  },
  INTERNAL: {
    exit: exitCode.bug,
    meaning: "An error that nobody foresaw: a bug of chatops.",
    hint: "Report it together with what was printed; an operation that had begun goes on with `chatops resume`.",
  },
  CONFIG_NOT_FOUND: {
    exit: exitCode.usage,
    meaning: "No chatops.yaml in this directory or above it.",
    hint: "Run `chatops init` here, or name the app's directory with --app.",
  },
  CONFIG_SYNTAX: {
    exit: exitCode.usage,
    meaning: "chatops.yaml is not valid YAML.",
    hint: "Mend the line that the message names.",
  },
  CONFIG_INVALID: {
    exit: exitCode.usage,
    meaning: "chatops.yaml holds a key or value that is not accepted.",
    hint: "Mend the lines that the message names; an editor with the JSON Schema shows what is allowed.",
  },
  CONFIG_PROMPT_UNREADABLE: {
    exit: exitCode.usage,
    meaning: "The prompt file that chatops.yaml names is missing or cannot be read.",
    hint: "Create the file, or mend `chat.prompt` on the line that the message names.",
  },
  CONFIG_UNREADABLE: {
    exit: exitCode.usage,
    meaning: "chatops.yaml or a file it names cannot be read, or is not UTF-8 text.",
    hint: "Check the file's permissions and its encoding.",
  },
  AGENT_FAILED: {
    exit: exitCode.unhealthy,
    meaning: "A supervisor on this machine could not do what it was told.",
    hint: "Read its log, named in the message; then run `chatops deploy` again.",
  },
  AGENT_UNREACHABLE: {
    exit: exitCode.unhealthy,
    meaning: "A supervisor on this machine does not answer.",
    hint: "Run `chatops deploy`: it starts what is missing.",
  },
  DATABASE_COPY: {
    exit: exitCode.unhealthy,
    meaning: "The primary's data could not be copied to a standby.",
    hint: "It is tried again by itself; if it stays, look at the primary with `chatops status` and `chatops logs`.",
  },
  DATABASE_INIT: {
    exit: exitCode.machine,
    meaning: "A new database could not be created.",
    hint: "The message holds initdb's own words; most often the disk is full or the directory is not writable.",
  },
  DATABASE_LOST: {
    exit: exitCode.unhealthy,
    meaning: "The witness knows this region as the primary, but its data is gone.",
    hint: "Do not create it anew: a standby still holds the turns. `chatops failover` makes that one the primary, and this region is made anew by itself; without one, restore the directory, or destroy the environment if its data may go.",
  },
  DATABASE_START: {
    exit: exitCode.unhealthy,
    meaning: "PostgreSQL does not start.",
    hint: "Its log says why: `chatops logs --process database`.",
  },
  DATABASE_VERSION: {
    exit: exitCode.machine,
    meaning: "A data directory was written by another major version of PostgreSQL.",
    hint: "Use the chatops version that wrote it, or destroy the environment if its data may go. Nothing was changed.",
  },
  DRILL_FIGURES_DIFFER: {
    exit: exitCode.unhealthy,
    meaning:
      "Something that a drill's record says, a figure, its faults or its time, does not follow from its raw events.",
    hint: "The raw events count. Ask who signed the record; `git log chatops/ledger` shows who committed it.",
  },
  DRILL_FILE_ALTERED: {
    exit: exitCode.unhealthy,
    meaning: "A file of a drill's evidence is not the one that was signed.",
    hint: "`git log chatops/ledger -- <file>` shows who changed it; a good copy may be on the remote or in another clone.",
  },
  DRILL_FILE_MISSING: {
    exit: exitCode.unhealthy,
    meaning: "A file of a drill's evidence is not there.",
    hint: "`git log chatops/ledger -- <file>` shows who removed it; a good copy may be on the remote or in another clone.",
  },
  DRILL_KEY_UNKNOWN: {
    exit: exitCode.unhealthy,
    meaning: "A drill was signed with a key that is not known, or not the one that was given.",
    hint: "Ask whoever ran the drill for the public key, and name its file with --key.",
  },
  DRILL_MISSING: {
    exit: exitCode.unhealthy,
    meaning: "A drill that another one, an operation's record or an earlier commit speaks of is not in the ledger.",
    hint: "`git log chatops/ledger -- drills` shows whether it was removed; a good copy may be on the remote or in another clone.",
  },
  DRILL_NONE: {
    exit: exitCode.unhealthy,
    meaning: "There is no drill to verify: the ledger has no evidence of one, and no record of one.",
    hint: "`chatops drill run` makes the first. Where there were drills, the branch chatops/ledger is gone or was written anew: fetch it from the remote, or compare it with another clone.",
  },
  DRILL_ORDER: {
    exit: exitCode.unhealthy,
    meaning: "A drill lies in another place of the ledger than it was signed for.",
    hint: "The branch was written anew by hand: compare it with the remote or with another clone.",
  },
  DRILL_RECORD_UNREADABLE: {
    exit: exitCode.unhealthy,
    meaning: "The record or the statement of a drill is none that this version of chatops knows.",
    hint: "Update chatops, if a newer version made the drill.",
  },
  DRILL_REPORT_DIFFERS: {
    exit: exitCode.unhealthy,
    meaning: "A drill's report is not what its record and its raw events come to.",
    hint: "Do not read the report: `chatops drill show` tells what the record says.",
  },
  DRILL_SIGNATURE_WRONG: {
    exit: exitCode.unhealthy,
    meaning: "The signature of a drill's statement does not fit it.",
    hint: "The statement was changed after it was signed, or the signature was copied from another one.",
  },
  DRILL_UNKNOWN: {
    exit: exitCode.usage,
    meaning: "The ledger has no drill of that id.",
    hint: "`chatops drill list` shows their ids.",
  },
  DRILL_VERDICT_DIFFERS: {
    exit: exitCode.unhealthy,
    meaning: "The verdict of a drill's record does not follow from its figures and its objectives.",
    hint: "The figures count, if they follow from the raw events.",
  },
  ENVIRONMENT_UNKNOWN: {
    exit: exitCode.usage,
    meaning: "chatops.yaml has no environment of that name.",
    hint: "Name one of those that the message lists with --env.",
  },
  GIT_NOT_FOUND: {
    exit: exitCode.machine,
    meaning: "git is not installed, or not on PATH.",
    hint: "Install git 2.29 or newer.",
  },
  LEDGER_BUSY: {
    exit: exitCode.conflict,
    meaning: "Another process holds or keeps moving the ledger's branch.",
    hint: "Try again; if no git process is running, remove the .lock file that the message names.",
  },
  LEDGER_CONFLICT: {
    exit: exitCode.conflict,
    meaning: "The ledger has an entry of that id which says something else.",
    hint: "Look at it with `chatops history`; an id names one operation for ever.",
  },
  LEDGER_NO_REPOSITORY: {
    exit: exitCode.usage,
    meaning: "The app does not lie in a git repository that can be used.",
    hint: "Run `git init` in the app's directory and commit, or run `chatops init`.",
  },
  LEDGER_UNREADABLE: {
    exit: exitCode.machine,
    meaning: "The branch chatops/ledger holds something that the ledger did not write, or is damaged.",
    hint: "Look at it with `git log chatops/ledger`; a good copy may be on the remote, and `git branch -m chatops/ledger ledger-old` sets this one aside.",
  },
  LEDGER_UNWRITABLE: {
    exit: exitCode.machine,
    meaning: "git could not write the ledger.",
    hint: "The message holds git's own words; most often the disk is full or the repository is not writable.",
  },
  MIGRATION_FAILED: {
    exit: exitCode.unhealthy,
    meaning: "The database's schema could not be brought up to date.",
    hint: "The message holds the database's own words; the earlier release goes on running.",
  },
  PORT_TAKEN: {
    exit: exitCode.machine,
    meaning: "A port that chatops needs is used by another program.",
    hint: "End that program, or choose another port in chatops.yaml (`entry: { port: \u2026 }`).",
  },
  POSTGRES_MISSING: {
    exit: exitCode.machine,
    meaning: "The PostgreSQL that comes with chatops is not installed for this machine.",
    hint: "Run `npm start` in the checkout again; supported are Linux and macOS on x64 and arm64.",
  },
  PROCESS_FAILED: {
    exit: exitCode.unhealthy,
    meaning: "A supervised process could not start.",
    hint: "Its log says why: `chatops logs`.",
  },
  REGION_SUPERSEDED: {
    exit: exitCode.unhealthy,
    meaning: "A region holds the data of a former primary and may not serve it.",
    hint: "Its data must be rebuilt from the present primary.",
  },
  SCHEMA_BEHIND: {
    exit: exitCode.unhealthy,
    meaning: "A standby has not received the database schema that this release needs.",
    hint: "It goes on waiting, and replicas of the earlier release go on serving; look at the primary with `chatops status`.",
  },
  WITNESS_UNREACHABLE: {
    exit: exitCode.unhealthy,
    meaning: "The witness does not answer, so nobody can say who is primary.",
    hint: "A starting region stays closed until it does. Run `chatops deploy`: it starts the witness.",
  },
  WITNESS_WENT_BACK: {
    exit: exitCode.unhealthy,
    meaning: "The witness shows an older register than a region has seen: it was restored from a copy.",
    hint: "Turns acknowledged since that copy would be lost to whoever believed it. `chatops witness recover` finds out from the regions who was primary last, and has the witness say so.",
  },
  WITNESS_UNRECOVERABLE: {
    exit: exitCode.unhealthy,
    meaning: "Nobody can say for sure who was primary last.",
    hint: "Bring the disk back that is missing. As the last way out, `chatops witness recover --force --to <region>` gives up what that region lacks.",
  },
  FAILOVER_IMPOSSIBLE: {
    exit: exitCode.unhealthy,
    meaning: "No region can take over now without losing turns that were acknowledged.",
    hint: "`chatops status` shows which region is in sync. Start what is not running with `chatops deploy`; under zero-loss a standby that streams comes into sync by itself.",
  },
  CLAIM_REFUSED: {
    exit: exitCode.unhealthy,
    meaning: "A region may not become the primary: it does not surely hold every acknowledged turn.",
    hint: "`chatops status` shows which region is in sync. Fail over to that one, or wait until this one is.",
  },
  HANDOVER_REFUSED: {
    exit: exitCode.unhealthy,
    meaning: "The primary could not leave its place as planned. It serves on.",
    hint: "`chatops status` shows what is in the way. When the primary is not well, fail over without `--planned`.",
  },
  WITNESS_UNREADABLE: {
    exit: exitCode.unhealthy,
    meaning: "The witness's register exists but cannot be read.",
    hint: "Beginning anew could lose turns, so chatops does not by itself: `chatops witness recover` finds out from the regions who was primary last.",
  },
  NOT_PRIMARY: {
    exit: exitCode.unhealthy,
    meaning: "A function of the primary was asked of another region.",
    hint: "Run `chatops status` to see who is primary, and try again.",
  },
  NOT_DEPLOYED: {
    exit: exitCode.unhealthy,
    meaning: "The environment is not deployed.",
    hint: "Run `chatops deploy` first.",
  },
  SECRET_MISSING: {
    exit: exitCode.usage,
    meaning: "chatops.yaml names a secret that is not set for this environment.",
    hint: "Set it with `chatops secret set <name>`; the value is read from standard input.",
  },
  PULUMI_MISSING: {
    exit: exitCode.machine,
    meaning: "The Pulumi CLI of the pinned version is neither installed nor can it be had.",
    hint: "Install that version from pulumi.com so that it is first on PATH, or install Go and run the command again: it is then built from source.",
  },
  ENGINE_FAILED: {
    exit: exitCode.unhealthy,
    meaning: "The Pulumi engine failed.",
    hint: "The message holds its own words; `chatops resume` tries the step again.",
  },
  STATE_LOCKED: {
    exit: exitCode.conflict,
    meaning: "Another process is changing the same stack.",
    hint: "Wait for it to end. Locks of processes that died on this machine are cleared by themselves.",
  },
  STATE_UNREADABLE: {
    exit: exitCode.machine,
    meaning: "The engine's state cannot be read.",
    hint: "Restore the environment's state directory, or remove the environment with `chatops destroy`.",
  },
  DISK_FULL: {
    exit: exitCode.machine,
    meaning: "The disk is full.",
    hint: "Make room and run `chatops resume`; nothing was lost.",
  },
  NO_PERMISSION: {
    exit: exitCode.machine,
    meaning: "A file or directory may not be written by this user.",
    hint: "Run as the user who deployed the environment, or mend the permissions that the message names.",
  },
  REGION_IS_PRIMARY: {
    exit: exitCode.usage,
    meaning: "A region that was removed from chatops.yaml is the primary.",
    hint: "Put it back, make another region the primary first, or destroy the environment if its data may go.",
  },
  VERIFY_FAILED: {
    exit: exitCode.unhealthy,
    meaning: "What was deployed does not answer as it should.",
    hint: "Look at `chatops status` and `chatops logs --level warn`; `chatops resume` verifies again.",
  },
  CHAT_UNREACHABLE: {
    exit: exitCode.unhealthy,
    meaning: "Nobody answers at the environment's entry.",
    hint: "Look at `chatops status`; `chatops deploy` starts what is missing.",
  },
  CHAT_REFUSED: {
    exit: exitCode.usage,
    meaning: "The chatbot does not accept what it was asked.",
    hint: "Change what the message names, such as the length of the question.",
  },
  CHAT_FAILED: {
    exit: exitCode.unhealthy,
    meaning: "The chatbot was asked and could not answer.",
    hint: "Look at `chatops status` and `chatops logs --level warn`, then ask again.",
  },
  CHAT_CUT_SHORT: {
    exit: exitCode.unhealthy,
    meaning: "An answer broke off before its end.",
    hint: "Ask again; `chatops status` shows whether something went down.",
  },
  NOT_CONFIRMED: {
    exit: exitCode.usage,
    meaning: "A question was answered with no, or nobody could be asked.",
    hint: "Run it in a terminal and confirm, or pass --yes.",
  },
  OPERATION_RUNNING: {
    exit: exitCode.conflict,
    meaning: "Another operation of this environment is running.",
    hint: "Wait for it, or look at it with `chatops status`.",
  },
  OPERATION_UNFINISHED: {
    exit: exitCode.conflict,
    meaning: "An earlier operation of this environment was not finished.",
    hint: "`chatops resume` goes on with it, `chatops resume --abort` gives it up.",
  },
  INTERRUPTED: {
    exit: exitCode.interrupted,
    meaning: "The command was interrupted.",
    hint: "An operation that had begun to change something goes on with `chatops resume`.",
  },
  NOTHING_TO_RESUME: {
    exit: exitCode.usage,
    meaning: "There is no unfinished operation.",
    hint: "`chatops history` shows the finished ones.",
  },
  OPERATION_UNKNOWN: {
    exit: exitCode.usage,
    meaning: "An unfinished operation was begun by another version of chatops.",
    hint: "Use that version to resume it, or give it up with `chatops resume --abort`.",
  },
  NO_BROWSER: {
    exit: exitCode.machine,
    meaning: "No browser could be started.",
    hint: "Open the printed address by hand; `chatops open --no-browser` prints it only.",
  },
  KEY_UNKNOWN: {
    exit: exitCode.usage,
    meaning: "There is no such API key, or it is not accepted.",
    hint: "`chatops keys list` shows their ids.",
  },
  SECRET_INVALID: {
    exit: exitCode.usage,
    meaning: "A secret's name or value cannot be used.",
    hint: "Names are small letters, digits and dashes; values are not empty.",
  },
  DIRECTORY_NOT_EMPTY: {
    exit: exitCode.usage,
    meaning: "A new app was to be made in a directory that holds something.",
    hint: "Name an empty or a new directory: `chatops init my-bot`.",
  },
  OPERATION_PAUSED: {
    exit: exitCode.paused,
    meaning: "A step of an operation failed, and the operation waits.",
    hint: "Mend the cause, then run `chatops resume`, or give the operation up with `chatops resume --abort`.",
  },
  OPERATION_OUTDATED: {
    exit: exitCode.conflict,
    meaning: "An unfinished operation was planned from another chatops.yaml than the present one.",
    hint: "`chatops deploy` plans anew and takes its place; `chatops resume --abort` gives it up.",
  },
  STATE_FOREIGN: {
    exit: exitCode.conflict,
    meaning: "The engine's state of this environment names parts of another one.",
    hint: "A copied state directory cannot be operated: use the original, or delete the copy by hand.",
  },
  SCENARIO_UNKNOWN: {
    exit: exitCode.usage,
    meaning: "There is no scenario of that name.",
    hint: "Name one of those that the message lists, or write `drills/<name>.yaml` beside chatops.yaml.",
  },
  SCENARIO_INVALID: {
    exit: exitCode.usage,
    meaning: "A scenario cannot be read, or cannot be made with the regions that there are.",
    hint: "The message says what is wrong with it; docs/drills.md shows the form.",
  },
  DRILL_NOT_READY: {
    exit: exitCode.unhealthy,
    meaning: "The environment is not whole, so that a drill would prove nothing and might do harm.",
    hint: "`chatops status` shows what is missing; `chatops deploy` mends what does not mend itself.",
  },
  DRILL_PRODUCTION: {
    exit: exitCode.usage,
    meaning: "The environment is marked `production: true`, and a drill would break parts of it.",
    hint: "Say `--yes-production` when that is meant.",
  },
  DRILL_RECORD_INVALID: {
    exit: exitCode.usage,
    meaning: "A record of a drill's events has been changed, broke off, or was made by another version.",
    hint: "Take the record as the drill wrote it, or run the drill again; figures are worked out from whole records only.",
  },
  REGION_UNKNOWN: {
    exit: exitCode.usage,
    meaning: "The environment has no region of that name.",
    hint: "Name one of those that the message lists.",
  },
  FAULT_UNSUPPORTED: {
    exit: exitCode.machine,
    meaning: "A drill's fault cannot be made on this target, on this machine, or in what runs now.",
    hint: "The message says what is missing; a drill without that fault goes on.",
  },
  FAULT_ACTIVE: {
    exit: exitCode.conflict,
    meaning: "Another fault is in effect in a region where one was to be made.",
    hint: "Wait until it heals; the message says when.",
  },
} as const satisfies Record<string, CatalogEntry>

export type ErrorCode = keyof typeof entries

export const catalog: Readonly<Record<ErrorCode, CatalogEntry>> = entries
