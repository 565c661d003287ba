import { writeFile } from "node:fs/promises"
import { appJsonSchema } from "../packages/stacks/src/config/json-schema.ts"
import { targetConfigs } from "../packages/stacks/src/config/targets-config.ts"

/** Writes the JSON Schema that editors complete `chatops.yaml` from. A test holds the file equal to the schema. */
const file = new URL("../packages/stacks/schema/chatops.schema.json", import.meta.url)
await writeFile(file, `${JSON.stringify(appJsonSchema(targetConfigs), null, 2)}\n`)
