/** Which replica, release and experiment a turn is recorded under. */
export interface TurnOrigin {
  readonly region: string
  readonly replica: string
  readonly release: string
  readonly arm: string
}
