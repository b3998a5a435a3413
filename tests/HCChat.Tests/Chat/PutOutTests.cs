namespace HCChat.Tests.Chat;

/// <summary>What becomes of what people are about to do when they are put out, or their room is closed.</summary>
public sealed class PutOutTests
{
    private static readonly string[] s_moderated =
    [
        "--Compat:TripSalt=compat-test-salt",
        "--Moderation:ModTrips=Pz6LSM",
        "--Limits:RateLimit=false",
    ];

    [Theory]
    [InlineData("""{"cmd":"closeroom","channel":"room"}""")]
    [InlineData("""{"cmd":"kick","channel":"room","nick":"ann"}""")]
    public async Task What_somebody_says_meanwhile_is_answered(string end)
    {
        await using var server = await RunningServer.StartAsync(s_moderated);
        for (var i = 0; i < 10; i++)
        {
            await using var mod = await WireClient.JoinAsync(server, "room", "mod", "pw");
            // The more there are to be told, the longer it takes.
            var others = await Task.WhenAll(
                Enumerable.Range(0, 20).Select(n => WireClient.JoinAsync(server, "room", $"other{n}"))
            );
            await using var ann = await WireClient.JoinAsync(server, "room", "ann");
            // Something is on its way all the time, and never more than others can hear.
            var unanswered = new HashSet<string>();
            var (said, isAsked, isOut) = (0, false, false);
            while (!isOut || unanswered.Count > 0)
            {
                for (; !isOut && unanswered.Count < 4; said++)
                {
                    var mid = $"said-{said:D12}";
                    unanswered.Add(mid);
                    await ann.SendAsync($$"""{"cmd":"chat","channel":"room","mid":"{{mid}}","text":"E2EE:x"}""");
                }
                var frame = await ann.ReadAsync();
                if ((string?)frame["cmd"] is "ack" or "nack")
                {
                    unanswered.Remove((string)frame["mid"]!);
                }
                isOut |= (string?)frame["cmd"] == "onlineRemove" && (string?)frame["nick"] == "ann";
                if (!isAsked)
                {
                    await mod.SendAsync(end);
                    isAsked = true;
                }
            }
            foreach (var other in others)
            {
                await other.DisposeAsync();
            }
        }
    }

    [Fact]
    public async Task A_room_that_two_close_at_once_is_closed_and_both_go_on()
    {
        await using var server = await RunningServer.StartAsync(s_moderated);
        for (var i = 0; i < 40; i++)
        {
            await using var one = await WireClient.JoinAsync(server, "room", "one", "pw");
            await using var other = await WireClient.JoinAsync(server, "room", "other", "pw");
            const string close = """{"cmd":"closeroom","channel":"room"}""";
            await Task.WhenAll(one.SendAsync(close), other.SendAsync(close));
            foreach (var (mod, nick) in new[] { (one, "one"), (other, "other") })
            {
                while ((string?)(await mod.ReadUntilAsync("onlineRemove"))["nick"] != nick) { }
                await mod.SendAsync("""{"cmd":"list","channel":"room"}""");
                await mod.ReadUntilAsync("warn");
            }
        }
    }
}
