using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using HCChat.Crypto;
using HCChat.EndToEnd.Durability;
using HCChat.EndToEnd.Harness;

namespace HCChat.EndToEnd.Storage;

/// <summary>The real command sends files while now the one, now the other is taken away from it, at any byte.</summary>
[Collection(Proof.Collection)]
public sealed class MixedCutTests
{
    private const long Part = 256L * 65_552; // as it is stored
    private const int Size = 40_000_000; // two parts and a piece
    private const int Beside = 100_000; // what is asked and answered beside the bytes of the file

    /// <summary>What goes.</summary>
    private enum Cut
    {
        /// <summary>The command is killed, and given again.</summary>
        Client,

        /// <summary>The server is killed, and comes back.</summary>
        Server,

        /// <summary>All connections break, and for a while there are none.</summary>
        Network,

        /// <summary>The command is killed, and given again by somebody whom the server does not know for the same.</summary>
        Session,
    }

    [Fact]
    public async Task An_upload_from_which_anything_is_taken_at_any_byte_arrives_whole_and_is_said_once()
    {
        var (rounds, chance) = (Proof.Of(2, 100), Proof.Chance());
        var (folder, port) = (ServerProcess.NewFolder(), FreePort.Next());
        var server = await ServerProcess.StartOnAsync(Path.Combine(folder, "server"), port);
        var (most, counts) = (0L, new SortedDictionary<Cut, int>());
        try
        {
            for (var round = 0; round < rounds; round++)
            {
                // One in four when all of the file has gone, and it becomes complete and is told of.
                var at = chance.Below(4) == 0 ? Size + chance.Below(12_000) : chance.Below(Size);
                var cut = (Cut)(round % 4 ^ chance.Below(4));
                counts[cut] = counts.GetValueOrDefault(cut) + 1;
                await using var narrows = new Narrows(port, at);
                using var sender = new Sender(Path.Combine(folder, $"{round}"), narrows.Port, port);
                var sending = sender.StartSending();
                await Task.WhenAny(narrows.Stuck, sending.WaitForExitAsync());
                var wasEarly = sending.HasExited;
                switch (cut)
                {
                    case Cut.Client or Cut.Session:
                        await KillAsync(sending);
                        narrows.Open();
                        if (cut == Cut.Session)
                        {
                            sender.ForgetSession();
                        }
                        sending = sender.StartSending();
                        break;
                    case Cut.Server:
                        await server.KillAsync();
                        await server.DisposeAsync();
                        narrows.Open();
                        server = await ServerProcess.StartOnAsync(Path.Combine(folder, "server"), port);
                        break;
                    default:
                        narrows.Break();
                        await Task.WhenAny(narrows.Refused, sending.WaitForExitAsync());
                        narrows.Open();
                        break;
                }
                var what = $"round {round}: {cut} at byte {at}";
                var (exit, error) = await Sender.EndAsync(sending);
                Assert.True(exit == 0, $"{what}: {exit} {error}");
                Assert.True(await sender.HasArrivedAsync(), what);
                // Somebody else's word is another message; whoever reads it knows it for the same.
                var said = await sender.TimesSaidAsync();
                var isAgain = cut == Cut.Session || (wasEarly && cut == Cut.Client);
                Assert.True(said == 1 || (said == 2 && isAgain), $"{what}: said {said} times");
                if (!wasEarly)
                {
                    most = Math.Max(most, narrows.Passed - Size);
                    Assert.True(narrows.Passed - Size <= Part + Beside, $"{what}: {narrows.Passed - Size} more");
                }
            }
            Proof.Report(
                $"{rounds} cuts ({string.Join(", ", counts.Select(c => $"{c.Value} {c.Key}"))}); at most {most} bytes more than the file"
            );
        }
        finally
        {
            await server.DisposeAsync();
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task KillAsync(Process process)
    {
        process.Kill();
        await process.WaitForExitAsync();
    }

    /// <summary>Somebody with a file, a room of their own, and a disk.</summary>
    private sealed class Sender : IDisposable
    {
        private readonly string _folder;
        private readonly string _file;
        private readonly byte[] _hash;
        private readonly string _link;
        private readonly string _direct;

        public Sender(string folder, int port, int server)
        {
            (_folder, _file) = (folder, Path.Combine(folder, "film.mkv"));
            Directory.CreateDirectory(folder);
            var bytes = RandomNumberGenerator.GetBytes(Size);
            _hash = SHA256.HashData(bytes);
            File.WriteAllBytes(_file, bytes);
            using var link = InviteLink.NewRoom(new Uri($"http://127.0.0.1:{port}"), "films");
            _link = link.FormatWithSecret();
            _direct = _link.Replace(
                string.Create(CultureInfo.InvariantCulture, $":{port}"),
                string.Create(CultureInfo.InvariantCulture, $":{server}"),
                StringComparison.Ordinal
            );
        }

        private string State => Path.Combine(_folder, "state");

        public Process StartSending() => Start(_link, State, "send", "--file", _file);

        /// <summary>What is left is the record of the upload.</summary>
        public void ForgetSession()
        {
            foreach (var folder in Directory.GetDirectories(Path.Combine(State, "hcchat")))
            {
                if (Path.GetFileName(folder) != "uploads")
                {
                    Directory.Delete(folder, recursive: true);
                }
            }
        }

        /// <summary>Whether somebody else gets what was sent.</summary>
        public async Task<bool> HasArrivedAsync()
        {
            var target = Path.Combine(_folder, "got.mkv");
            var (exit, error) = await EndAsync(() =>
                Start(_direct, Path.Combine(_folder, "bob"), "download", "--latest", "-o", target)
            );
            Assert.True(exit == 0, error);
            var got = SHA256.HashData(await File.ReadAllBytesAsync(target));
            return Enumerable.SequenceEqual(_hash, got);
        }

        public async Task<int> TimesSaidAsync()
        {
            var text = "";
            var (exit, error) = await EndAsync(() =>
            {
                var history = Start(_direct, Path.Combine(_folder, "bob"), "history");
                text = history.StandardOutput.ReadToEnd();
                return history;
            });
            Assert.True(exit == 0, error);
            return text.Split('\n').Count(line => line.Contains("📎 film.mkv", StringComparison.Ordinal));
        }

        public static async Task<(int Exit, string Error)> EndAsync(Process process)
        {
            var error = await process.StandardError.ReadToEndAsync();
            await process.WaitForExitAsync();
            return (process.ExitCode, error);
        }

        // What only reads is given again when a busy machine has let it wait too long for the server.
        private static async Task<(int Exit, string Error)> EndAsync(Func<Process> start)
        {
            var patience = System.Diagnostics.Stopwatch.StartNew();
            while (true)
            {
                using var process = start();
                var end = await EndAsync(process);
                if (!end.Error.Contains("Cannot reach", StringComparison.Ordinal) || patience.Elapsed > Proof.Patience)
                {
                    return end;
                }
            }
        }

        public void Dispose() => Directory.Delete(_folder, recursive: true);

        private Process Start(string link, string state, string verb, params string[] args)
        {
            var environment = new Dictionary<string, string>
            {
                ["HCCHAT_ROOM"] = link,
                ["XDG_STATE_HOME"] = state,
                ["XDG_DATA_HOME"] = Path.Combine(_folder, "data"),
                ["LC_ALL"] = "C.UTF-8",
            };
            return Process.Start(ServerProcess.StartInfo(args, environment, verb))!;
        }
    }
}
