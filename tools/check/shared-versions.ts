/** What a package.json says of its dependencies. */
export interface Manifest {
  readonly name: string
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

/** Dependencies of several packages whose version is written anywhere but in the catalog, one line each. */
export function scatteredVersions(manifests: readonly Manifest[]): string[] {
  const uses = manifests.flatMap(({ name, dependencies, devDependencies, optionalDependencies }) =>
    Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies }).map(([dependency, version]) => ({
      user: name,
      dependency,
      version,
    })),
  )
  return [...Map.groupBy(uses, ({ dependency }) => dependency)].flatMap(([dependency, users]) => {
    if (users.length === 1) return []
    return users
      .filter(({ version }) => version !== "catalog:" && !version.startsWith("workspace:"))
      .map(
        ({ user, version }) =>
          `${user}: ${dependency} ${version}: its version belongs in pnpm-workspace.yaml's catalog`,
      )
  })
}
