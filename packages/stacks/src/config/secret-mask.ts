/** What looks like a credential: an API key written where only the name of a secret belongs, or a password in a URL. */
const patterns = [
  /(?<=\b(?:api[-_]?key|secret|password|passwd|token|authorization)\b["']?\s*[:=]\s*["']?)(?![\s{["'])[^\s,}"']{12,}/gi,
  /\b(?:sk|pk|rk|ghp|gho|xox[abp])[-_][A-Za-z0-9_-]{8,}/g,
  /(?<=\bapi[-_]?key["']?\s*:\s*)(?!\{\s*secret\s*:\s*[a-z][a-z0-9-]*\s*\}|[\s&*])[^,}\]]*[^,}\]\s]/gi,
  /\bwhsec_[A-Za-z0-9+/=_-]+/g,
  /(?<=:\/\/)[^\s/@]+(?=@)/g,
]

/** The text with every credential covered by dots, character for character, so that columns stay what they are. */
export function maskSecrets(text: string): string {
  return patterns.reduce((masked, pattern) => masked.replaceAll(pattern, secret => "•".repeat(secret.length)), text)
}
