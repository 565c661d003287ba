/**
 * Version of the database schema that this runtime needs: its newest migration's. Whoever starts replicas against a
 * replicated database waits until at least this has arrived there. A test of the stacks holds it equal to what
 * migrating a new database makes.
 */
export const schemaVersion = 4
