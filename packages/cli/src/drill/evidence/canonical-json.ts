import { json } from "@sigstore/core"

/** RFC 8785: equal values are equal bytes, whoever writes them. Keys without a value are left out. */
export const canonicalJSON = (value: unknown): string => json.canonicalize(JSON.parse(JSON.stringify(value)))
