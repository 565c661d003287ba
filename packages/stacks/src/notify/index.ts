export { announce } from "./announce.ts"
export type { Announcement } from "./notify-event.ts"
