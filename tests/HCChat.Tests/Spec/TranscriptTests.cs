using System.Text.Json.Nodes;

namespace HCChat.Tests.Spec;

/// <summary>
/// Plays every <c>spec/transcripts/*.txt</c> against a real server: the specification is the test. A line is <c>who &gt; frame</c>
/// or <c>who &lt; frame</c>; a frame that comes must be the next one and have at least the members shown; <c>"*"</c> is any value;
/// <c>who &lt; close 1008</c> is the end. 1005 means a close frame without a code, which .NET's client reports as 1000.
/// </summary>
public sealed class TranscriptTests
{
    private static readonly string s_folder = Path.Combine(AppContext.BaseDirectory, "spec", "transcripts");

    public static TheoryData<string> Files =>
        [.. Directory.EnumerateFiles(s_folder, "*.txt").Select(f => Path.GetFileName(f)!).Order()];

    [Theory, MemberData(nameof(Files))]
    public async Task Plays(string file)
    {
        await using var server = await RunningServer.StartAsync(
            "--Compat:TripSalt=compat-test-salt",
            "--Rooms:Public=lobby"
        );
        var peers = new Dictionary<string, WireClient>();
        var number = 0;
        foreach (var line in await File.ReadAllLinesAsync(Path.Combine(s_folder, file)))
        {
            number++;
            if (line.Length == 0 || line.StartsWith('#'))
            {
                continue;
            }
            var parts = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            var (who, arrow) = (parts[0], parts[1]);
            var frame = line[(line.IndexOf(arrow, who.Length, StringComparison.Ordinal) + 2)..];
            if (!peers.TryGetValue(who, out var peer))
            {
                peers[who] = peer = await WireClient.ConnectAsync(server);
            }
            if (arrow == ">")
            {
                await peer.SendAsync(frame);
            }
            else if (frame.StartsWith("close ", StringComparison.Ordinal))
            {
                var expected = frame[6..] == "1005" ? "1000" : frame[6..];
                Assert.Equal($"{file}:{number} {expected}", $"{file}:{number} {await peer.ReadCloseAsync()}");
            }
            else
            {
                var got = await peer.ReadAsync();
                Assert.True(
                    Covers(JsonNode.Parse(frame), got),
                    $"{file}:{number}\nexpected {frame}\ngot      {got.ToJsonString()}"
                );
            }
        }
        foreach (var peer in peers.Values)
        {
            await peer.DisposeAsync();
        }
    }

    private static bool Covers(JsonNode? expected, JsonNode? got) =>
        expected switch
        {
            JsonValue any when any.TryGetValue<string>(out var text) && text == "*" => got is not null,
            JsonObject members => got is JsonObject o
                && members.All(m => o.ContainsKey(m.Key) && Covers(m.Value, o[m.Key])),
            JsonArray items => got is JsonArray a
                && a.Count == items.Count
                && items.Zip(a).All(p => Covers(p.First, p.Second)),
            _ => JsonNode.DeepEquals(expected, got),
        };
}
