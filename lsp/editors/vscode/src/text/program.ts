// The setting `policyc.path`.

/** Puts folders for `~` and `${workspaceFolder}`. */
export function expand(path: string, home: string, workspaceFolder: string | undefined): string {
  const trimmed = path.trim();
  const inFolder = workspaceFolder === undefined ? trimmed : trimmed.replaceAll("${workspaceFolder}", workspaceFolder);
  const full = inFolder.replace(/^~(?=$|[\\/])/, () => home);
  return full === "" ? "policyc" : full;
}
