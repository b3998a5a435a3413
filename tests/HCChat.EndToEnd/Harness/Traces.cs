using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace HCChat.EndToEnd.Harness;

/// <summary>Looks for what must not be there: in a server's data folder, in what it printed, and in a whole dump of its memory.</summary>
internal static class Traces
{
    /// <summary>Where each of the strings was found, in UTF-8, UTF-16 or base64; empty when nowhere.</summary>
    public static async Task<IReadOnlyList<string>> FindAsync(ServerProcess server, IEnumerable<string> canaries)
    {
        var dump = await DumpAsync(server);
        try
        {
            string[] files =
            [
                .. Directory
                    .GetFiles(server.Data, "*", SearchOption.AllDirectories)
                    .Where(f => new FileInfo(f).Length > 0),
                dump,
            ];
            var found = new List<string>();
            foreach (var canary in canaries)
            {
                if (server.Output.Contains(canary, StringComparison.Ordinal))
                {
                    found.Add($"{canary} in the output");
                }
                found.AddRange(
                    from file in files
                    from spelling in Spellings(canary)
                    where Holds(file, spelling.Bytes)
                    select $"{canary} as {spelling.Name} in {file}"
                );
            }
            return found;
        }
        finally
        {
            File.Delete(dump);
        }
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
