import { ChatopsError } from "@chatops/stacks/errors"

/** A person said no, or could not be asked. */
export class CannotProceed extends ChatopsError {
  constructor(message: string) {
    super("NOT_CONFIRMED", message)
  }
}
