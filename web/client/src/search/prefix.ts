/** What the names of a room's index records begin with. */
export function searchPrefix(url: string, channel: string): string {
  return `search ${url} ${JSON.stringify(channel)} `;
}
