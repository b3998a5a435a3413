using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using HCChat.EndToEnd.Harness;

namespace HCChat.EndToEnd;

/// <summary>What is said under encryption, and the secrets that clients hand over by habit, are nowhere to be found on the server.</summary>
public sealed class CanaryTests
{
    private static readonly string[] s_canaries =
    [
        "canary-text-8f2a6b",
        "canary-emote-41c7d9",
        "canary-whisper-9e03aa",
        "canary-file-name-5d1f.png",
        "canary/mime-27be64",
        "canary-caption-c08813",
        "canary-inner-nick-6a95f0",
        "canary-room-title-e47d2b",
        "canary-room-key-0b3c58",
        "金丝雀-中文-7791",
        "canary-app-secret-d2e6f4",
        "canary-pass-code-18a0c7",
    ];

    [Fact]
    public async Task No_canary_is_in_the_data_folder_the_output_at_trace_or_the_memory()
    {
        await using var server = await ServerProcess.StartAsync("--Logging:LogLevel:Default=Trace");
        var key = RandomNumberGenerator.GetBytes(32);
        using var ann = await RawSocket.OpenAsync(server.Port);
        await ann.SendJsonAsync(new { cmd = "session", proto = 3 });
        await ann.SendJsonAsync(
            new
            {
                cmd = "join",
                channel = "room",
                nick = "ann",
                pass = s_canaries[^1],
            }
        );
        await ann.UntilAsync(f => RawSocket.Cmd(f) == "onlineSet");
        using var app = await (await RawSocket.OpenAsync(server.Port)).JoinAppAsync("room", $"Bob#{s_canaries[^2]}");
        using var stock = await (await RawSocket.OpenAsync(server.Port)).JoinAsync("room", $"cid#{s_canaries[^1]}");
        foreach (var canary in s_canaries.SkipLast(2))
        {
            foreach (var cmd in new[] { "chat", "emote" })
            {
                await ann.SendJsonAsync(
                    new
                    {
                        cmd,
                        channel = "room",
                        text = Sealed(key, canary),
                        mid = Guid.NewGuid().ToString(),
                    }
                );
            }
            await app.SendAsync(
                Frame.Of(
                    Frame.Binary,
                    JsonSerializer.SerializeToUtf8Bytes(
                        new
                        {
                            type = "dm",
                            id = Guid.NewGuid().ToString(),
                            to = "ann",
                            text = Sealed(key, canary),
                        }
                    )
                )
            );
            await stock.SendJsonAsync(
                new
                {
                    cmd = "chat",
                    text = Sealed(key, canary),
                    customId = "abc",
                }
            );
        }
        foreach (var socket in new[] { ann, app, stock })
        {
            await socket.FenceAsync();
        }

        Assert.Empty(await Traces.FindAsync(server, s_canaries));
    }

    private static string Sealed(byte[] key, string plain)
    {
        using var cipher = new AesGcm(key, 16);
        var nonce = RandomNumberGenerator.GetBytes(12);
        var (text, sealedText, tag) = (
            Encoding.UTF8.GetBytes(plain),
            new byte[Encoding.UTF8.GetByteCount(plain)],
            new byte[16]
        );
        cipher.Encrypt(nonce, text, sealedText, tag);
        return $"E2EE:{Convert.ToBase64String([.. nonce, .. sealedText, .. tag])}";
    }
}
