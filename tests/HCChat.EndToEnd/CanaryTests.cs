using System.Diagnostics;
using System.Globalization;
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

        var dump = await DumpAsync(server);
        var found = new List<string>();
        foreach (var canary in s_canaries)
        {
            if (server.Output.Contains(canary, StringComparison.Ordinal))
            {
                found.Add($"{canary} in the output");
            }
            foreach (
                var file in Directory
                    .GetFiles(server.Data, "*", SearchOption.AllDirectories)
                    .Where(f => new FileInfo(f).Length > 0)
                    .Append(dump)
            )
            {
                found.AddRange(
                    Spellings(canary).Where(s => Holds(file, s.Bytes)).Select(s => $"{canary} as {s.Name} in {file}")
                );
            }
        }
        File.Delete(dump);
        Assert.Empty(found);
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

    private static (string Name, byte[] Bytes)[] Spellings(string canary) =>
        [
            ("UTF-8", Encoding.UTF8.GetBytes(canary)),
            ("UTF-16", Encoding.Unicode.GetBytes(canary)),
            ("base64", Encoding.ASCII.GetBytes(Convert.ToBase64String(Encoding.UTF8.GetBytes(canary))[..12])),
        ];

    // A whole dump, written by the tool that comes with the .NET runtime.
    private static async Task<string> DumpAsync(ServerProcess server)
    {
        var tool = Path.Combine(Path.GetDirectoryName(typeof(object).Assembly.Location)!, "createdump");
        var dump = Path.Combine(Path.GetTempPath(), $"hcchat-{server.Pid}.core");
        var info = new ProcessStartInfo(
            tool,
            ["--full", "--name", dump, server.Pid.ToString(CultureInfo.InvariantCulture)]
        )
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(info)!;
        var said = await process.StandardOutput.ReadToEndAsync() + await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0 && new FileInfo(dump).Length > 10_000_000, said);
        Assert.True(
            Holds(dump, Encoding.UTF8.GetBytes("E2EE:")) || Holds(dump, Encoding.Unicode.GetBytes("onlineSet")),
            "the dump holds the heap"
        );
        return dump;
    }

    private static bool Holds(string file, byte[] wanted)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var buffer = new byte[1 << 22];
        var kept = 0;
        while (stream.Read(buffer, kept, buffer.Length - kept) is > 0 and var read)
        {
            var filled = kept + read;
            if (buffer.AsSpan(0, filled).IndexOf(wanted) >= 0)
            {
                return true;
            }
            kept = Math.Min(wanted.Length - 1, filled);
            buffer.AsSpan(filled - kept, kept).CopyTo(buffer);
        }
        return false;
    }
}
