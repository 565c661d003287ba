import { localConfig } from "../targets/local/config.ts"

/**
 * The configuration side of the target registry. It stands apart from the programs, so that reading `chatops.yaml`
 * loads none of them, and so that programs can import the types made from it.
 */
export const targetConfigs = [localConfig] as const
