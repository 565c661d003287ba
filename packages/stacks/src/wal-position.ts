/** Bytes of WAL up to a position that PostgreSQL writes as `X/Y` in hexadecimal. */
export function walBytes(position: string): bigint {
  const [high = "0", low = "0"] = position.split("/")
  return (BigInt(`0x${high}`) << 32n) + BigInt(`0x${low}`)
}
