/** One version for the SDK, the official install and the built CLI. A test holds it equal to what is installed. */
export const pulumiVersion = "3.259.0"
