using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using HCChat.Crypto;

namespace HCChat.EndToEnd;

/// <summary>C# opens what TypeScript seals and the other way round, live: fresh keys, texts and nonces each time.</summary>
public sealed class CrossLanguageTests
{
    private const string Channel = "房间-lobby";
    private static readonly string[] s_texts =
    [
        "",
        "hello",
        "你好，世界 🔐",
        "\"\\\n\u0000\u2028",
        new string('长', 5_000),
    ];

    [Theory]
    [InlineData("a room key")]
    [InlineData("a passphrase")]
    public async Task Each_opens_what_the_other_seals(string kind)
    {
        var salt = RandomNumberGenerator.GetBytes(16);
        var root = RandomNumberGenerator.GetBytes(32);
        var passphrase = kind == "a passphrase" ? "　密码　１２３ＡＢＣ " : null;
        using var keys = passphrase is null
            ? new RoomKeys(new Secret(root), Channel)
            : Passphrase.Derive(passphrase, Channel, salt);
        var ring = new KeyRing(keys);
        object Line(string name, string value) =>
            passphrase is null
                ? new Dictionary<string, string>
                {
                    ["channel"] = Channel,
                    ["keyB64"] = Convert.ToBase64String(root),
                    [name] = value,
                }
                : new Dictionary<string, string>
                {
                    ["channel"] = Channel,
                    ["passphrase"] = passphrase,
                    ["saltB64"] = Convert.ToBase64String(salt),
                    [name] = value,
                };

        var sealedHere = s_texts.Select(t => Envelope.Seal(keys, Encoding.UTF8.GetBytes(Content(t))));
        var openedThere = await PeerAsync("open", sealedHere.Select(text => Line("text", text)));
        Assert.Equal(s_texts, openedThere.Select(Body));

        var sealedThere = await PeerAsync("seal", s_texts.Select(t => Line("content", Content(t))));
        Assert.Equal(
            s_texts,
            sealedThere.Select(text => Body(Encoding.UTF8.GetString(Envelope.Open(text, ring, Channel).Content)))
        );

        var tampered = sealedThere.Select(text => text[..^6] + (text[^6] == 'A' ? 'B' : 'A') + text[^5..]);
        var refused = await PeerAsync("open", tampered.Select(text => Line("text", text)));
        Assert.All(refused, answer => Assert.StartsWith("E_", answer, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Each_opens_the_others_envelopes_of_hchat_compatibility()
    {
        using var legacy = new LegacyEnvelope("你的群口令", Channel);
        object Line(string name, string value) =>
            new Dictionary<string, object>
            {
                ["v"] = 1,
                ["channel"] = Channel,
                ["passphrase"] = "你的群口令",
                [name] = value,
            };
        var opened = await PeerAsync("open", s_texts.Select(t => Line("text", legacy.Seal(t))));
        Assert.Equal(s_texts, opened.Select(Opened));
        var sealedThere = await PeerAsync("seal", s_texts.Select(t => Line("content", t)));
        Assert.Equal(s_texts, sealedThere.Select(legacy.Open));
    }

    private static string Content(string body) => JsonSerializer.Serialize(new { body });

    private static string? Body(string answer) =>
        answer.StartsWith('{')
            ? JsonDocument.Parse(answer).RootElement.GetProperty("body").GetString()
            : $"not opened: {answer}";

    private static string? Opened(string answer) =>
        answer.StartsWith('"') ? JsonSerializer.Deserialize<string>(answer) : $"not opened: {answer}";

    // The web client's own code, run by Node; keys go in by standard input only.
    private static async Task<string[]> PeerAsync(string verb, IEnumerable<object> lines)
    {
        var root = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(root, "HCChat.slnx")))
        {
            root = Path.GetDirectoryName(root)!;
        }
        var info = new ProcessStartInfo("node", [Path.Combine(root, "web/client/tests/peer.mjs"), verb])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            StandardInputEncoding = new UTF8Encoding(false),
            StandardOutputEncoding = Encoding.UTF8,
        };
        using var process = Process.Start(info)!;
        foreach (var line in lines)
        {
            await process.StandardInput.WriteLineAsync(JsonSerializer.Serialize(line));
        }
        process.StandardInput.Close();
        var answers = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.Equal(0, process.ExitCode);
        return answers.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
