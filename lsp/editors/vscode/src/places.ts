// Shows places that a code lens speaks of.

import { Location, Position, Range, Uri, commands } from "vscode";
import { readPlaces } from "./text/answers";

/** A command that the server puts on lenses, and the editor carries out. */
export const SHOW_PLACES = "policyc.showPlaces";

export async function showPlaces(uri: unknown, position: unknown, places: unknown): Promise<void> {
  const { source, at, found } = readPlaces(uri, position, places);
  const locations = found.map(
    ({ uri, range: { start, end } }) =>
      new Location(Uri.parse(uri), new Range(start.line, start.character, end.line, end.character)),
  );
  await commands.executeCommand(
    "editor.action.showReferences",
    Uri.parse(source),
    new Position(at.line, at.character),
    locations,
  );
}
