/** What the names of a room's upload records begin with. */
export function uploadPrefix(url: string, channel: string): string {
  return `upload ${url} ${JSON.stringify(channel)} `;
}
