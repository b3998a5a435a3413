using System.Text;
using System.Text.Json.Nodes;
using HCChat.EndToEnd.Harness;

namespace HCChat.EndToEnd;

/// <summary>Mutations of good frames and good commands: the server answers or closes as it should, and lives.</summary>
public sealed class FuzzTests(ITestOutputHelper output)
{
    private const int Cases = 10_000;
    private const int Lanes = 4;

    // 1002, 1007 and 1009 are the protocol's; 1008 policy; 1005 is hack.chat's "not JSON"; 4009 a session that moved.
    private static readonly HashSet<int> s_expectedCodes = [1002, 1005, 1007, 1008, 1009, 4009];

    private static readonly string[] s_commands =
    [
        """{"cmd":"session"}""",
        """{"cmd":"session","proto":3,"token":"abc"}""",
        """{"cmd":"join","channel":"fuzz","nick":"ann#pw"}""",
        """{"cmd":"join","channel":"fuzz","nick":"ann","pass":"pw","password":"x"}""",
        """{"cmd":"leave","channel":"fuzz"}""",
        """{"cmd":"chat","text":"hello","customId":"abc","mid":"0123456789abcdef"}""",
        """{"cmd":"chat","text":"/me waves"}""",
        """{"cmd":"chat","text":"/w ann x"}""",
        """{"cmd":"emote","text":"dances"}""",
        """{"cmd":"whisper","nick":"ann","userid":5,"channel":"fuzz","text":"psst"}""",
        """{"cmd":"invite","nick":"ann","to":"x"}""",
        """{"cmd":"changenick","nick":"bob"}""",
        """{"cmd":"changecolor","color":"fff"}""",
        """{"cmd":"updateMessage","customId":"abc","text":"y","mode":"append"}""",
        """{"cmd":"getchannels"}""",
        """{"cmd":"help","command":"chat"}""",
        """{"cmd":"morestats"}""",
        """{"cmd":"kick","nick":["ann"],"to":"x"}""",
        """{"cmd":"lockroom","level":5}""",
        """{"type":"nick","nick":"安#geheim"}""",
        """{"type":"join","room":"fuzz"}""",
        """{"type":"who","room":"fuzz"}""",
        """{"type":"message","id":"6F9619FF-8B86-D011-B42D-00CF4FC964FF","room":"fuzz","text":"E2EE:abc","attachment":{"id":"1","kind":"image","url":"u"},"replyTo":{"messageId":"m","timestamp":1.5}}""",
        """{"type":"dm","id":"6F9619FF-8B86-D011-B42D-00CF4FC964FF","to":"ann","text":"x"}""",
        """{"cmd":"typing","channel":"fuzz"}""",
        """{"type":"add_reaction","messageId":"m","channel":"fuzz","emoji":"👍","reactionId":"r","timestamp":1.5}""",
        """{"type":"read_receipt","messageId":"m","channel":"fuzz","userId":"x","timestamp":1.5}""",
        """{"type":"status_update","status":"away","timestamp":1}""",
        """{"channel":"fuzz","nick":"ann","text":"/me waves"}""",
        """{"cmd":"ping"}""",
    ];

    private static readonly string[] s_values =
    [
        "null",
        "true",
        "-0",
        "1e400",
        "1.5",
        "-1",
        "9223372036854775808",
        "[]",
        "{}",
        "[null]",
        "[[[[]]]]",
        "\"\"",
        "\"\\u0000\"",
        "\"\\ud83d\"",
        "\"\\u202e\"",
        "\"a\\u200db\"",
        "\"__proto__\"",
        "\"join\"",
        "\"E2EE:\"",
        "\"/\"",
        "\"//\"",
        "{\"cmd\":\"chat\"}",
    ];

    [Fact]
    public async Task Ten_thousand_mutated_frames_are_answered_or_closed_as_they_should_be()
    {
        await using var server = await ServerProcess.StartAsync();
        await InLanesAsync(
            async (seed, count) =>
            {
                var random = new Seeded(seed);
                for (var i = 0; i < count; i++)
                {
                    using var socket = await RawSocket.OpenAsync(server.Port);
                    await SendAllAsync(socket, MutatedFrames(random));
                    var code = await socket.CloseCodeAsync(TimeSpan.FromSeconds(20));
                    Assert.True(
                        code == RawSocket.NoCloseFrame || s_expectedCodes.Contains(code) || IsEcho(code),
                        $"seed {seed}, case {i}: closed with {code}"
                    );
                }
            }
        );
        await AssertWellAsync(server);
    }

    [Fact]
    public async Task Ten_thousand_mutated_commands_are_answered_or_closed_as_they_should_be()
    {
        await using var server = await ServerProcess.StartAsync();
        await InLanesAsync(
            async (seed, count) =>
            {
                var random = new Seeded(seed);
                RawSocket? socket = null;
                for (var i = 0; i < count; i++)
                {
                    socket ??= await RawSocket.OpenAsync(server.Port);
                    var command = MutatedCommand(random);
                    var frame = Frame.Of(random.Below(4) == 0 ? Frame.Binary : Frame.Text, command);
                    try
                    {
                        await socket.SendAsync(frame);
                        foreach (var answer in await socket.FenceAsync(TimeSpan.FromSeconds(20)))
                        {
                            AssertDecent(answer, seed, i);
                        }
                    }
                    catch (Exception ended) when (ended is EndOfStreamException or System.Net.Sockets.SocketException)
                    {
                        var code = int.TryParse(ended.Message.Split(' ')[^1], out var told) ? told : 1005;
                        Assert.True(
                            s_expectedCodes.Contains(code),
                            $"seed {seed}, case {i}: {ended.Message} after {Encoding.UTF8.GetString(command)}"
                        );
                        socket.Dispose();
                        socket = null;
                    }
                }
                socket?.Dispose();
            }
        );
        await AssertWellAsync(server);
    }

    // A mutated close may carry any code that a peer may send, and is echoed.
    private static bool IsEcho(int code) =>
        code is (>= 1000 and <= 1014 and not 1004 and not 1006) or (>= 3000 and <= 4999);

    private async Task InLanesAsync(Func<ulong, int, Task> lane)
    {
        var seeds = Enumerable
            .Range(0, Lanes)
            .Select(_ => BitConverter.ToUInt64(Guid.NewGuid().ToByteArray()))
            .ToArray();
        output.WriteLine($"seeds: {string.Join(", ", seeds)}");
        await Task.WhenAll(seeds.Select(seed => Task.Run(() => lane(seed, Cases / Lanes))));
    }

    private static async Task AssertWellAsync(ServerProcess server)
    {
        Assert.False(server.HasExited);
        foreach (var sign in new[] { "nhandled", "   at ", "Exception" })
        {
            Assert.DoesNotContain(sign, server.Output, StringComparison.Ordinal);
        }
        using var ann = await (await RawSocket.OpenAsync(server.Port)).JoinOursAsync("clean", "ann");
        using var bob = await (await RawSocket.OpenAsync(server.Port)).JoinAsync("clean", "bob");
        await bob.SendJsonAsync(new { cmd = "chat", text = "all well" });
        Assert.Equal("all well", (string?)(await ann.UntilAsync(f => RawSocket.Cmd(f) == "chat"))["text"]);
    }

    private static void AssertDecent(Received answer, ulong seed, int index)
    {
        if (answer.Opcode != Frame.Text)
        {
            return;
        }
        // Texts that were sent come back, so only what the server says of itself is looked at.
        var own = JsonNode.Parse(answer.Payload)!.AsObject();
        if ((string?)own["cmd"] is "warn" or "nack")
        {
            foreach (var inside in new[] { "Exception", "System.", "   at " })
            {
                Assert.False(
                    answer.Text.Contains(inside, StringComparison.Ordinal),
                    $"seed {seed}, case {index}: {answer.Text}"
                );
            }
        }
    }

    private static async Task SendAllAsync(RawSocket socket, byte[] bytes)
    {
        try
        {
            await socket.SendAsync(bytes);
            socket.FinishSending();
        }
        catch (System.Net.Sockets.SocketException)
        {
            // Closed before all was sent, which the code that came tells.
        }
    }

    // One to four good frames, then up to six bytes changed, put in, taken out or cut off; headers are hit as often as payloads.
    private static byte[] MutatedFrames(Seeded random)
    {
        var bytes = new List<byte>();
        var starts = new List<int>();
        for (var i = 1 + random.Below(4); i > 0; i--)
        {
            starts.Add(bytes.Count);
            bytes.AddRange(GoodFrame(random));
        }
        for (var i = random.Below(7); i > 0 && bytes.Count > 0; i--)
        {
            var at =
                random.Below(2) == 0
                    ? Math.Min(random.Pick(starts) + random.Below(8), bytes.Count - 1)
                    : random.Below(bytes.Count);
            switch (random.Below(5))
            {
                case 0:
                    bytes[at] ^= (byte)(1 << random.Below(8));
                    break;
                case 1:
                    bytes[at] = (byte)random.Next();
                    break;
                case 2:
                    bytes.Insert(at, (byte)random.Next());
                    break;
                case 3:
                    bytes.RemoveAt(at);
                    break;
                default:
                    bytes.RemoveRange(at, Math.Min(random.Below(8), bytes.Count - at));
                    break;
            }
        }
        return [.. bytes];
    }

    private static byte[] GoodFrame(Seeded random)
    {
        var command = Encoding.UTF8.GetBytes(random.Pick(s_commands));
        var half = command.Length / 2;
        return random.Below(8) switch
        {
            0 => Frame.Of(Frame.Ping, new byte[random.Below(126)]),
            1 => Frame.Of(Frame.Pong, new byte[random.Below(126)]),
            2 => Frame.OfClose(1000 + random.Below(16), "bye"u8),
            3 => Frame.Join(
                Frame.Of(Frame.Text, command.AsSpan(0, half), fin: false),
                Frame.Of(Frame.Continuation, command.AsSpan(half))
            ),
            4 => Frame.Of(Frame.Binary, command),
            5 => Frame.Of(Frame.Text, new byte[random.Below(70_000)]),
            _ => Frame.Of(Frame.Text, command),
        };
    }

    private static byte[] MutatedCommand(Seeded random)
    {
        var text = random.Pick(s_commands);
        for (var i = 1 + random.Below(3); i > 0; i--)
        {
            text = random.Below(6) switch
            {
                0 => ReplaceValue(random, text),
                1 => ReplaceValue(random, ReplaceValue(random, text)),
                2 => text.Insert(random.Below(text.Length + 1), random.Pick(s_values)),
                3 when text.Length > 1 => text.Remove(random.Below(text.Length), 1),
                4 => text.Length > 1 && text[^1] == '}' ? $"{text[..^1]},{random.Pick(s_commands)[1..]}" : text,
                _ => new string('[', random.Below(200)) + text,
            };
        }
        var bytes = Encoding.UTF8.GetBytes(text);
        if (random.Below(8) == 0 && bytes.Length > 0)
        {
            bytes[random.Below(bytes.Length)] = (byte)random.Next();
        }
        return bytes;
    }

    // Puts another value behind one of the colons.
    private static string ReplaceValue(Seeded random, string text)
    {
        var colons = Enumerable.Range(0, text.Length).Where(i => text[i] == ':').ToList();
        if (colons.Count == 0)
        {
            return text;
        }
        var from = random.Pick(colons) + 1;
        var to = text.IndexOfAny([',', '}'], from);
        return to < 0 ? text : string.Concat(text.AsSpan(0, from), random.Pick(s_values), text.AsSpan(to));
    }
}
