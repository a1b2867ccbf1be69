/** The application under test: shows which doors were opened. */

export async function openDoors(base: string, token: string, maxvid = 0): Promise<readonly number[]> {
  const response = await fetch(`${base}/v1/channels/doors/events?maxvid=${maxvid}&wait=10`, {
    headers: { authorization: `Bearer ${token}` },
  });
  if (!response.ok) throw new Error(`Doorbell answers ${response.status}`);
  const { events } = (await response.json()) as { events: ReadonlyArray<{ data: { doorno: number } }> };
  return events.map(({ data }) => data.doorno);
}
