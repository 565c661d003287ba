import { describe, expect, it } from "vitest"
import { parseConfig } from "./parse-config.ts"
import { refusal, sample, sampleWith } from "./testing/sample.ts"

const message = (text: string) => `\n${refusal(text).code}\n${refusal(text).message}\n`
const changed = (piece: string, replacement: string) => message(sampleWith(piece, replacement))

describe("keys", () => {
  it("suggests the nearest key", () => {
    expect(changed("balancing:", "balancng:")).toMatchInlineSnapshot(`
      "
      CONFIG_INVALID
      chatops.yaml:17:5 environments.local.balancng: unknown key. Did you mean \`balancing\`?
        17 |     balancng: ip-hash
           |     ^^^^^^^^
      "
    `)
  })
  it("sees through another style of spelling", () => {
    expect(changed("max-output-tokens", "maxOutputTokens")).toMatchInlineSnapshot(`
      "
      CONFIG_INVALID
      chatops.yaml:5:47 chat.parameters.maxOutputTokens: unknown key. Did you mean \`max-output-tokens\`?
        5 |   parameters: { temperature: 0.2, top_p: 0.9, maxOutputTokens: 400 }
          |                                               ^^^^^^^^^^^^^^^
      "
    `)
  })
  it("lists what is accepted when nothing is near", () => {
    expect(changed("drain: 30s", "colour: red")).toMatchInlineSnapshot(`
      "
      CONFIG_INVALID
      chatops.yaml:18:47 environments.local.runtime.colour: unknown key; accepted here: \`replicas\`, \`body-limit\`, \`drain\`
        18 |     runtime: { replicas: 2, body-limit: 1MiB, colour: red }
           |                                               ^^^^^^
      "
    `)
  })
  it("says where a misplaced key belongs", () => {
    expect(changed("model: gpt-5-mini", "model: gpt-5-mini\n  temperature: 1")).toMatchInlineSnapshot(`
      "
      CONFIG_INVALID
      chatops.yaml:4:3 chat.temperature: unknown key; it belongs in \`chat.parameters\`
        4 |   temperature: 1
          |   ^^^^^^^^^^^
      "
    `)
    expect(changed("chat:", "replicas: 2\nchat:")).toMatchInlineSnapshot(`
      "
      CONFIG_INVALID
      chatops.yaml:2:1 replicas: unknown key; it belongs in \`environments.<name>.runtime\`
        2 | replicas: 2
          | ^^^^^^^^
      "
    `)
  })
  it("names the line of a key that is set twice", () => {
    expect(changed("    primary: west\n", "    primary: west\n    primary: east\n")).toMatchInlineSnapshot(`
      "
      CONFIG_INVALID
      chatops.yaml:15:5 environments.local.primary: the key is already set on line 14
        15 |     primary: east
           |     ^^^^^^^
      "
    `)
  })
  it("refuses __proto__", () => {
    expect(changed("{ east: {},", "{ east: {}, __proto__: {},")).toMatchInlineSnapshot(`
      "
      CONFIG_INVALID
      chatops.yaml:13:26 environments.local.regions.__proto__: unknown key
        13 |     regions: { east: {}, __proto__: {}, west: { weight: 2 } }
           |                          ^^^^^^^^^
      "
    `)
  })
  it("points at the map that lacks a key", () => {
    expect(changed("  model: gpt-5-mini\n", "")).toMatchInlineSnapshot(`
      "
      CONFIG_INVALID
      chatops.yaml:2:1 chat.model: missing; expected the name of a model, such as gpt-5-mini
        2 | chat:
          | ^^^^
      "
    `)
    expect(changed("app: support-bot\n", "")).toMatchInlineSnapshot(`
      "
      CONFIG_INVALID
      chatops.yaml:1:1 app: missing; expected an app name: a lower-case letter, then at most 30 lower-case letters, digits or dashes
        1 | chat:
          | ^
      "
    `)
    expect(changed("    durability: zero-loss\n", "")).toMatchInlineSnapshot(`
      "
      CONFIG_INVALID
      chatops.yaml:11:3 environments.local.durability: missing; expected one of \`zero-loss\`, \`async\`
        11 |   local:
           |   ^^^^^
      "
    `)
  })
})

describe("values", () => {
  it("suggests the nearest of a choice", () => {
    expect(changed("ip-hash", "iphahs")).toMatchInlineSnapshot(`
      "
      CONFIG_INVALID
      chatops.yaml:17:16 environments.local.balancing: expected one of \`round-robin\`, \`least-connections\`, \`ip-hash\`; got \`iphahs\`. Did you mean \`ip-hash\`?
        17 |     balancing: iphahs
           |                ^^^^^^
      "
    `)
    expect(changed("target: local", "target: locla")).toMatchInlineSnapshot(`
      "
      CONFIG_INVALID
      chatops.yaml:12:13 environments.local.target: expected \`local\`; got \`locla\`. Did you mean \`local\`?
        12 |     target: locla
           |             ^^^^^
      "
    `)
    expect(changed("primary: west", "primary: wset")).toMatchInlineSnapshot(`
      "
      CONFIG_INVALID
      chatops.yaml:14:14 environments.local.primary: expected one of the regions, \`east\` or \`west\`; got \`wset\`. Did you mean \`west\`?
        14 |     primary: wset
           |              ^^^^
      "
    `)
  })
  it("says what type was expected", () => {
    expect(changed("model: gpt-5-mini", "model: 5")).toMatchInlineSnapshot(`
      "
      CONFIG_INVALID
      chatops.yaml:3:10 chat.model: expected the name of a model, such as gpt-5-mini; got the number \`5\`
        3 |   model: 5
          |          ^
      "
    `)
    expect(changed("port: 8080", 'port: "8080"')).toMatchInlineSnapshot(`
      "
      CONFIG_INVALID
      chatops.yaml:19:37 environments.local.entry.port: expected a whole number from 1 to 65535; got the text \`8080\`
        19 |     entry: { host: 127.0.0.1, port: "8080", trusted-proxies: [10.0.0.0/8, "::1"] }
           |                                     ^^^^^^
      "
    `)
    expect(changed("replicas: 2", "replicas: 2.5")).toMatchInlineSnapshot(`
      "
      CONFIG_INVALID
      chatops.yaml:18:26 environments.local.runtime.replicas: expected a whole number from 1 to 16; got the number \`2.5\`
        18 |     runtime: { replicas: 2.5, body-limit: 1MiB, drain: 30s }
           |                          ^^^
      "
    `)
    expect(changed('[10.0.0.0/8, "::1"]', "10.0.0.0/8")).toMatchInlineSnapshot(`
      "
      CONFIG_INVALID
      chatops.yaml:19:60 environments.local.entry.trusted-proxies: expected a list; got \`10.0.0.0/8\`
        19 |     entry: { host: 127.0.0.1, port: 8080, trusted-proxies: 10.0.0.0/8 }
           |                                                            ^^^^^^^^^^
      "
    `)
  })
  it("says what range was expected", () => {
    expect(changed("replicas: 2", "replicas: 17")).toMatchInlineSnapshot(`
      "
      CONFIG_INVALID
      chatops.yaml:18:26 environments.local.runtime.replicas: expected a whole number from 1 to 16; got the number \`17\`
        18 |     runtime: { replicas: 17, body-limit: 1MiB, drain: 30s }
           |                          ^^
      "
    `)
    expect(changed("connect: 3s", "connect: 3000")).toMatchInlineSnapshot(`
      "
      CONFIG_INVALID
      chatops.yaml:6:25 chat.deadlines.connect: expected a duration from 1ms to 24h, such as 500ms or 3s; got the number \`3000\`
        6 |   deadlines: { connect: 3000, first-token: 1.5m, between-tokens: 500ms }
          |                         ^^^^
      "
    `)
    expect(changed("connect: 3s", "connect: 3 s")).toMatchInlineSnapshot(`
      "
      CONFIG_INVALID
      chatops.yaml:6:25 chat.deadlines.connect: expected a duration from 1ms to 24h, such as 500ms or 3s; got \`3 s\`. Did you mean \`3s\`?
        6 |   deadlines: { connect: 3 s, first-token: 1.5m, between-tokens: 500ms }
          |                         ^^^
      "
    `)
    expect(changed("1MiB", "1GiB")).toMatchInlineSnapshot(`
      "
      CONFIG_INVALID
      chatops.yaml:18:41 environments.local.runtime.body-limit: expected a size from 1KiB to 64MiB, such as 512KiB or 1MiB; got \`1GiB\`
        18 |     runtime: { replicas: 2, body-limit: 1GiB, drain: 30s }
           |                                         ^^^^
      "
    `)
  })
  it("offers a spelling that the pattern takes", () => {
    expect(changed("app: support-bot", "app: Support_Bot")).toMatchInlineSnapshot(`
      "
      CONFIG_INVALID
      chatops.yaml:1:6 app: expected an app name: a lower-case letter, then at most 30 lower-case letters, digits or dashes; got \`Support_Bot\`. Did you mean \`support-bot\`?
        1 | app: Support_Bot
          |      ^^^^^^^^^^^
      "
    `)
  })
  it("refuses promises that the regions cannot keep, or that mean nothing", () => {
    expect(
      changed("{ east: {}, west: { weight: 2 } }\n    primary: west", "{ east: {} }\n    primary: east"),
    ).toMatchInlineSnapshot(`
      "
      CONFIG_INVALID
      chatops.yaml:15:17 environments.local.durability: \`zero-loss\` keeps every turn in two regions, and there is one; expected a second region, or \`async\`
        15 |     durability: zero-loss
           |                 ^^^^^^^^^
      "
    `)
    expect(changed("durability: zero-loss", "durability: async")).toMatchInlineSnapshot(`
      "
      CONFIG_INVALID
      chatops.yaml:22:5 environments.local.on-standby-loss: \`on-standby-loss\` says what happens when the standby in sync is lost, and with \`durability: async\` none is in sync
        22 |     on-standby-loss: block
           |     ^^^^^^^^^^^^^^^
      "
    `)
  })
  it("refuses a failover by itself where there is no other region, and takes it where turns may be lost", () => {
    const text = sampleWith("durability: zero-loss", "durability: async")
    const automatic = text
      .replace("    on-standby-loss: block\n", "")
      .replace("failover: manual", "failover: automatic")
    expect(() => parseConfig(automatic)).not.toThrow()
    const alone = automatic.replace(/regions: .*/, "regions: { west: {} }")
    expect(refusal(alone).message).toMatch(/failover: there is one region, and no other that could take over/)
  })

  it("refuses what is not built, and says when it comes", () => {
    expect(changed("target: local", "target: kubernetes")).toMatchInlineSnapshot(`
      "
      CONFIG_INVALID
      chatops.yaml:12:13 environments.local.target: the \`kubernetes\` target is not built yet; expected \`local\`
        12 |     target: kubernetes
           |             ^^^^^^^^^^
      "
    `)
  })
  it("keeps the prompt inside the app's directory", () => {
    for (const path of ["../secret.md", "/etc/passwd", "a/../../b", "C:\\x", "prompts/", "."]) {
      expect(refusal(sampleWith("prompts/support.md", JSON.stringify(path))).message).toContain(
        "inside the app's directory",
      )
    }
  })
})

describe("regions", () => {
  it("has a word for a region without a name", () => {
    expect(changed("{ east: {},", "{ : {},")).toMatchInlineSnapshot(`
      "
      CONFIG_INVALID
      chatops.yaml has 2 problems

      chatops.yaml:13:15 environments.local.regions[""]: a region without a name; expected a region name: a lower-case letter, then at most 20 lower-case letters, digits or dashes
        13 |     regions: { : {}, west: { weight: 2 } }
           |               ^

      chatops.yaml:15:17 environments.local.durability: \`zero-loss\` keeps every turn in two regions, and there is one; expected a second region, or \`async\`
        15 |     durability: zero-loss
           |                 ^^^^^^^^^
      "
    `)
  })
  it("shows the right shape to whoever wrote a list", () => {
    expect(changed("{ east: {}, west: { weight: 2 } }", "[east, west]")).toMatchInlineSnapshot(`
      "
      CONFIG_INVALID
      chatops.yaml:13:5 environments.local.regions: expected a map of region names to their settings, such as \`regions: { east: {}, west: {} }\`; got a list
        13 |     regions: [east, west]
           |     ^^^^^^^
      "
    `)
  })
  it("needs one", () => {
    expect(changed("{ east: {}, west: { weight: 2 } }", "{}")).toMatchInlineSnapshot(`
      "
      CONFIG_INVALID
      chatops.yaml:13:5 environments.local.regions: expected a map of region names to their settings, such as \`regions: { east: {}, west: {} }\`; got an empty map
        13 |     regions: {}
           |     ^^^^^^^
      "
    `)
  })
  it("needs one that takes traffic", () => {
    expect(changed("{ east: {}, west: { weight: 2 } }", "{ west: { weight: 0 } }")).toMatchInlineSnapshot(`
      "
      CONFIG_INVALID
      chatops.yaml has 2 problems

      chatops.yaml:13:5 environments.local.regions: every region has weight 0, so that nobody would be served; expected a region with weight
        13 |     regions: { west: { weight: 0 } }
           |     ^^^^^^^

      chatops.yaml:15:17 environments.local.durability: \`zero-loss\` keeps every turn in two regions, and there is one; expected a second region, or \`async\`
        15 |     durability: zero-loss
           |                 ^^^^^^^^^
      "
    `)
  })
})

describe("upstreams", () => {
  const openai = "{ name: openai, baseURL: https://api.openai.com/v1, apiKey: { secret: openai } }"
  it("needs one", () => {
    expect(
      message(sample.replace(/upstreams:.*environments:/s, "upstreams: []\nenvironments:")),
    ).toMatchInlineSnapshot(`
      "
      CONFIG_INVALID
      chatops.yaml:7:3 chat.upstreams: expected a list with at least one upstream; got an empty list
        7 |   upstreams: []
          |   ^^^^^^^^^
      "
    `)
  })
  it("is either remote or the simulator", () => {
    expect(changed(openai, "{ name: openai }")).toMatchInlineSnapshot(`
      "
      CONFIG_INVALID
      chatops.yaml:8:7 chat.upstreams[0]: an upstream needs either \`baseURL\` or \`simulator\`
        8 |     - { name: openai }
          |       ^^^^^^^^^^^^^^^^
      "
    `)
    expect(changed(openai, "{ name: openai, baseURL: http://x, simulator: {} }")).toMatchInlineSnapshot(`
      "
      CONFIG_INVALID
      chatops.yaml:8:42 chat.upstreams[0].simulator: an upstream has either \`baseURL\` or \`simulator\`, not both
        8 |     - { name: openai, baseURL: http://x, simulator: {} }
          |                                          ^^^^^^^^^
      "
    `)
    expect(changed(openai, "{ name: openai, simulator: {}, apiKey: { secret: openai } }")).toMatchInlineSnapshot(`
      "
      CONFIG_INVALID
      chatops.yaml:8:38 chat.upstreams[0].apiKey: the simulator takes no key
        8 |     - { name: openai, simulator: {}, apiKey: { secret: openai } }
          |                                      ^^^^^^
      "
    `)
  })
  it("has a name of its own", () => {
    expect(changed("name: openai", "name: simulator")).toMatchInlineSnapshot(`
      "
      CONFIG_INVALID
      chatops.yaml:9:15 chat.upstreams[1].name: another upstream is already called \`simulator\`
        9 |     - { name: simulator, simulator: { first-token-delay: 120ms, tokens-per-second: 60, error-rate: 0…
          |               ^^^^^^^^^
      "
    `)
  })
  it("never shows a key that was written into the file", () => {
    expect(changed("{ secret: openai }", "sk-proj-abcdef123456")).toMatchInlineSnapshot(`
      "
      CONFIG_INVALID
      chatops.yaml:8:67 chat.upstreams[0].apiKey: expected the name of a secret, such as \`apiKey: { secret: openai }\`; the key itself goes to \`chatops secret set\`; got a value that is not shown
        8 |     - { name: openai, baseURL: https://api.openai.com/v1, apiKey: •••••••••••••••••••• }
          |                                                                   ^^^^^^^^^^^^^^^^^^^^
      "
    `)
    expect(changed("https://api.openai.com", "https://me:hunter2@api.openai.com")).toMatchInlineSnapshot(`
      "
      CONFIG_INVALID
      chatops.yaml:8:32 chat.upstreams[0].baseURL: expected a base URL without credentials, up to and including the version, such as https://api.openai.com/v1; got \`https://••••••••••@api.openai.com/v1\`
        8 |     - { name: openai, baseURL: https://••••••••••@api.openai.com/v1, apiKey: { secret: openai } }
          |                                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      "
    `)
  })
  it("never shows a key on a line with another mistake, or in details", () => {
    for (const written of [
      "apiKey: s3cr3t",
      "apiKey: 'sk-abcdefgh'",
      "api_key: s3cr3tsk-abcdefgh",
      "apiKey: [s3cr3t]",
    ]) {
      const error = refusal(sampleWith("apiKey: { secret: openai }", `${written}, colour: 1`))
      expect(error.message + JSON.stringify(error.details)).not.toMatch(/s3cr3t|sk-abc/)
    }
    const broken = refusal(sampleWith("apiKey: { secret: openai } }", "apiKey: sk-abcdefgh, x: [ }"))
    expect(broken.code).toBe("CONFIG_SYNTAX")
    expect(broken.message).not.toContain("sk-abc")
  })
})

describe("documents", () => {
  it.each([
    ["", "the file is empty"],
    ["# nothing yet\n", "the file is empty"],
    ["- app: x\n", "got a list"],
    ["hello\n", "got `hello`"],
  ])("is a map, not %j", (text, expected) => {
    expect(refusal(text)).toMatchObject({ code: "CONFIG_INVALID", message: expect.stringContaining(expected) })
  })

  it.each([
    ["a tab", "app: x\nchat:\n\tmodel: m\n", "3:1 tabs are not allowed"],
    ["a second document", `${sample}---\napp: y\n`, "24:1 a second document begins here"],
    [
      "an open bracket",
      "app: x\nregions: [a, b\n",
      "2:14 the indentation does not fit the lines around it, or a bracket",
    ],
    ["an open quote", "app: x\nchat: 'y\n", "2:8 something is not closed"],
    ["two keys on a line", "app: x\nchat: model: y\n", "2:7 a second `key:` on one line"],
    ["an uneven indentation", "chat:\n  model: m\n prompt: p\n", "3:1 the indentation"],
    ["a key that is a list", "? [a, b]\n: c\n", "1:3 a key must be plain text"],
    ["a tag", "app: !secret x\n", "1:6 YAML tags"],
    ["an unknown alias", "app: *name\n", "1:6 `*name` refers to an anchor that is not set"],
    ["a file of 64 KiB", `${"# padding\n".repeat(7_000)}`, "1:1 the file is longer than 64 KiB"],
    ["endless nesting", "[".repeat(60_000), "nested too deeply"],
    ["many aliases", `a: &a x\nb: [${"*a, ".repeat(101)}]\n`, "more than 100 aliases"],
    [
      "a billion laughs",
      `a: &a [x,x,x,x,x,x,x,x,x]\n${["b", "c", "d", "e", "f"].map((key, index) => `${key}: &${key} [${`*${"abcde"[index]},`.repeat(9)}]\n`).join("")}`,
      "its aliases unfold to more",
    ],
  ])("has no %s", (_, text, expected) => {
    const error = refusal(text)
    expect(error).toMatchObject({ code: "CONFIG_SYNTAX", message: expect.stringContaining(expected) })
  })

  it("counts columns as editors do, without the byte order mark and with Windows line ends", () => {
    expect(refusal(`\uFEFFap: x\r\n`).message).toContain("chatops.yaml:1:1 ap: unknown key")
    expect(refusal(sampleWith("balancing:", "balancng:").replaceAll("\n", "\r\n")).message).toBe(
      refusal(sampleWith("balancing:", "balancng:")).message,
    )
  })

  it("survives an anchor that contains itself", () => {
    expect(refusal(`${sample}extra: &x [*x]\n`).message).toContain("24:1 extra: unknown key")
  })

  it("shows no control characters and no more than a screen's width", () => {
    const { message } = refusal(`app: "\u001b[31m\u202e${"y".repeat(5_000)}"\n`)
    expect(message).not.toContain("\u001b")
    expect(message).not.toContain("\u202e")
    expect(Math.max(...message.split("\n").map(line => line.length))).toBeLessThan(260)
  })
})

it("reports all problems at once, by line, with details for --json", () => {
  const text = sample
    .replace("model: gpt-5-mini", "modle: gpt-5-mini")
    .replace("target: local", "target: loacl")
    .replace("replicas: 2", "replicas: many")
    .replace("primary: west", "primary: north")
  const { message, details } = refusal(text)
  expect(message).toMatchInlineSnapshot(`
    "chatops.yaml has 4 problems

    chatops.yaml:3:3 chat.modle: unknown key. Did you mean \`model\`?
      3 |   modle: gpt-5-mini
        |   ^^^^^

    chatops.yaml:12:13 environments.local.target: expected \`local\`; got \`loacl\`. Did you mean \`local\`?
      12 |     target: loacl
         |             ^^^^^

    chatops.yaml:14:14 environments.local.primary: expected one of the regions, \`east\` or \`west\`; got \`north\`
      14 |     primary: north
         |              ^^^^^

    chatops.yaml:18:26 environments.local.runtime.replicas: expected a whole number from 1 to 16; got \`many\`
      18 |     runtime: { replicas: many, body-limit: 1MiB, drain: 30s }
         |                          ^^^^"
  `)
  expect(details).toMatchInlineSnapshot(`
    {
      "file": "chatops.yaml",
      "problems": [
        {
          "column": 3,
          "expected": "one of \`model\`, \`prompt\`, \`parameters\`, \`deadlines\`, \`upstreams\`",
          "file": "chatops.yaml",
          "key": "chat.modle",
          "line": 3,
          "message": "unknown key",
          "received": "\`modle\`",
          "suggestion": "model",
        },
        {
          "column": 13,
          "expected": "\`local\`",
          "file": "chatops.yaml",
          "key": "environments.local.target",
          "line": 12,
          "message": "expected \`local\`; got \`loacl\`",
          "received": "\`loacl\`",
          "suggestion": "local",
        },
        {
          "column": 14,
          "expected": "one of the regions, \`east\` or \`west\`",
          "file": "chatops.yaml",
          "key": "environments.local.primary",
          "line": 14,
          "message": "expected one of the regions, \`east\` or \`west\`; got \`north\`",
          "received": "\`north\`",
        },
        {
          "column": 26,
          "expected": "a whole number from 1 to 16",
          "file": "chatops.yaml",
          "key": "environments.local.runtime.replicas",
          "line": 18,
          "message": "expected a whole number from 1 to 16; got \`many\`",
          "received": "\`many\`",
        },
      ],
    }
  `)
})

it("reports what an anchor holds once, however often it is used", () => {
  const text = sample.replace("local:\n", "local: &base\n").replace("replicas: 2", "replicas: 99")
  expect(refusal(`${text}  other: *base\n`).details["problems"]).toHaveLength(1)
})

it("stays quick and short on thousands of problems", () => {
  const text = `{${Array.from({ length: 7_000 }, (_, index) => `k${index}`).join(", ")}}`
  expect(refusal(text).message.split("\n").length).toBeLessThan(300)
})

describe("receivers", () => {
  const twice = "secret: { secret: hook } }, { url: https://example.com/hook, secret: { secret: b } }"
  it.each([
    ["a secret in its place", "secret: { secret: hook }", "secret: whsec_abc", "expected the name of a secret"],
    ["no web address", "https://example.com/hook", "ftp://example.com", "expected an https or http URL"],
    ["credentials in the address", "https://example.com/hook", "https://me:pass@example.com", "without credentials"],
    ["an address twice", "secret: { secret: hook } }", twice, "[1].url: another receiver already has this address"],
    [
      "no list",
      "[{ url: https://example.com/hook, secret: { secret: hook } }]",
      "hook",
      "expected a list of receivers",
    ],
  ])("refuses %s", (_, piece, replacement, expected) => {
    const error = refusal(sampleWith(piece, replacement))
    expect(error).toMatchObject({ code: "CONFIG_INVALID", message: expect.stringContaining(expected) })
    expect(error.message).not.toMatch(/whsec_abc|me:pass/)
  })
})
