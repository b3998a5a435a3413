using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json;
using HCChat.Cli;
using HCChat.Client;
using HCChat.Crypto;

namespace HCChat.Tests.Cli;

/// <summary><c>hcchat send --file</c>, <c>hcchat download</c>, and how <c>history</c> tells of files.</summary>
public sealed class FileCommandTests : IAsyncLifetime
{
    private readonly Shell _shell = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("hcchat-test-").FullName;
    private RunningServer _server = null!;
    private InviteLink _link = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server = await RunningServer.StartAsync("--Limits:RateLimit=false");
        _link = InviteLink.NewRoom(new Uri(_server.Url), "files");
    }

    public async ValueTask DisposeAsync()
    {
        _link.Dispose();
        await _server.DisposeAsync();
        _shell.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task A_file_is_sent_shown_in_history_and_saved_under_its_name()
    {
        var (exit, id, error) = await RunAsync(
            "send",
            "--file",
            Write("cat 猫.jpg", 1_234_567),
            "-m",
            "look",
            "--print-id"
        );
        Assert.Equal((0, ""), (exit, error));
        var shown = await RunAsync("history");
        Assert.Contains("📎 cat 猫.jpg (1.2 MB) look\n", shown.Output, StringComparison.Ordinal);
        var line = (await RunAsync("history", "--json"))
            .Output.Split('\n')
            .Single(l => l.Contains("\"message\"", StringComparison.Ordinal));
        var message = JsonDocument.Parse(line).RootElement;
        var file = Assert.Single(message.GetProperty("files").EnumerateArray());
        Assert.Equal(
            ("cat 猫.jpg", "image/jpeg", 1_234_567),
            (Text(file, "name"), Text(file, "mime"), file.GetProperty("size").GetInt32())
        );
        Assert.Equal(4, file.EnumerateObject().Count()); // and no key
        Assert.Equal(id.Trim(), Text(message, "id"));

        var saved = await RunAsync("download", id.Trim(), "-o", Folder("got"));
        Assert.Equal((0, Path.Combine(Folder("got"), "cat 猫.jpg") + "\n", ""), saved);
        AssertSame("cat 猫.jpg", Path.Combine(Folder("got"), "cat 猫.jpg"));

        var again = await RunAsync("download", "--latest", "-o", Folder("got"));
        Assert.Equal((1, ""), (again.Exit, again.Output));
        Assert.Contains("exists already", again.Error, StringComparison.Ordinal);
        Assert.Equal(0, (await RunAsync("download", "--latest", "-o", Folder("got"), "--force")).Exit);

        // A device is not replaced by a file, though root could.
        if (!OperatingSystem.IsWindows())
        {
            var device = await RunAsync("download", "--latest", "-o", "/dev/full", "--force");
            Assert.Equal((1, ""), (device.Exit, device.Output));
            Assert.Contains("exists already", device.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_file_that_the_store_has_lost_is_said_to_be_gone_and_leaves_nothing()
    {
        Assert.Equal(0, (await RunAsync("send", "--file", Write("lost.bin", 1_000))).Exit);
        File.Delete(Assert.Single(_server.ObjectFiles()));
        var gone = await RunAsync("download", "--latest", "-o", Folder("got"));
        Assert.Equal((3, ""), (gone.Exit, gone.Output));
        Assert.Contains("not in the store any more", gone.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(Folder("got")));
    }

    [Fact]
    public async Task A_name_that_is_empty_is_no_name()
    {
        var (exit, output, error) = await RunAsync("download", "--latest", "-o", "");
        Assert.Equal((2, ""), (exit, output));
        Assert.Contains("-o", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(70_000)]
    [InlineData(17_000_000)]
    public async Task Bytes_come_from_standard_input_and_go_to_standard_output(int size)
    {
        var data = RandomNumberGenerator.GetBytes(size);
        var sent = await _shell.RunAsync(
            ["send", "--file", "-", "--name", "dump.tar"],
            _link.FormatWithSecret(),
            bytesIn: new MemoryStream(data)
        );
        Assert.Equal((0, "", ""), sent);
        using var output = new Kept();
        var got = await _shell.RunAsync(
            ["download", "--latest", "-o", "-"],
            _link.FormatWithSecret(),
            bytesOut: output
        );
        Assert.Equal((0, ""), (got.Exit, got.Output));
        Assert.Equal(size >= 16_000_000, got.Error.Contains("before its end is verified", StringComparison.Ordinal));
        Assert.Equal(data, output.ToArray());
    }

    [Fact]
    public async Task What_says_of_itself_that_it_has_no_size_is_sent_whole()
    {
        // A file of the system's that says it is empty, and is not; and a pipe.
        const string Said = "/proc/version";
        Assert.SkipUnless(File.Exists(Said), "there is no /proc");
        Assert.Equal(0, (await RunAsync("send", "--file", Said)).Exit);
        Assert.Equal(0, (await RunAsync("download", "--latest", "-o", Path.Combine(_folder, "said"))).Exit);
        Assert.Equal(await File.ReadAllTextAsync(Said), await File.ReadAllTextAsync(Path.Combine(_folder, "said")));

        var pipe = Path.Combine(_folder, "pipe");
        using (var made = Process.Start("mkfifo", [pipe]))
        {
            await made.WaitForExitAsync(Stop);
        }
        using var writer = Process.Start("sh", ["-c", "printf 'by a pipe' > \"$0\"", pipe]);
        Assert.Equal(0, (await RunAsync("send", "--file", pipe)).Exit);
        Assert.Equal(0, (await RunAsync("download", "--latest", "-o", Path.Combine(_folder, "piped"))).Exit);
        Assert.Equal("by a pipe", await File.ReadAllTextAsync(Path.Combine(_folder, "piped")));
    }

    [Fact]
    public void How_far_a_file_is_stays_on_one_line_however_narrow_that_is()
    {
        using var error = new StringWriter();
        var terminal = new Terminal(TextReader.Null, TextWriter.Null, error, _ => null, Interactive: true)
        {
            ShowsProgress = true,
        };
        using (var line = new ProgressLine(terminal))
        {
            line.Report(new TransferProgress("a\nb\u001b[2J" + new string('猫', 200), 1_000_000, 2_000_000));
        }
        Assert.Matches(
            "^\r\u001b\\[K\u001b\\[\\?7l[^\r\n\u001b]+ 50 % [^\r\n\u001b]+\u001b\\[\\?7h\r\u001b\\[K$",
            error.ToString()
        );
    }

    [Fact]
    public async Task Of_several_files_one_is_chosen_by_its_number()
    {
        var sent = await RunAsync("send", "--file", Write("a.txt", 10), "--file", Write("b.txt", 20));
        Assert.Equal((0, "", ""), sent);
        Assert.Equal(2, (await RunAsync("download", "--latest")).Exit);
        Assert.Equal(2, (await RunAsync("download", "--latest", "--index", "3")).Exit);
        Assert.Equal(2, (await RunAsync("download", "--latest", "--index", "0")).Exit);
        Assert.Equal(0, (await RunAsync("download", "--latest", "--index", "2", "-o", Folder("got"))).Exit);
        AssertSame("b.txt", Path.Combine(Folder("got"), "b.txt"));
    }

    [Fact]
    public async Task What_cannot_be_sent_is_said_before_anything_goes_out()
    {
        var file = Write("a.txt", 1);
        string[][] wrong =
        [
            ["send", "--file", file, "--emote"],
            ["send", "--file", "-"],
            ["send", "--file", file, "--file", file, "--name", "x"],
            ["send", "--file", "-", "--name", "x", "-m", "-"],
            ["send", "--file", file, "--mime", "a\nb"],
            ["send", .. Enumerable.Repeat(new[] { "--file", file }, 11).SelectMany(two => two)],
            ["download"],
            ["download", "--latest", "AAECAwQFBgcICQoLDA0ODw"],
            ["download", "short"],
        ];
        foreach (var args in wrong)
        {
            Assert.Equal(2, (await RunAsync(args)).Exit);
        }
        var plain = await _shell.RunAsync(["send", "--file", file, "--plain", "-r", "x", "--server", _server.Url]);
        Assert.Equal(2, plain.Exit);
        var missing = await RunAsync("send", "--file", Path.Combine(_folder, "nothing"));
        Assert.Equal(1, missing.Exit);
        Assert.Contains("There is no file", missing.Error, StringComparison.Ordinal);
        var folder = await RunAsync("send", "--file", _folder);
        Assert.Equal(2, folder.Exit);
        Assert.Contains("is a folder", folder.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_not_there_is_said_with_a_code()
    {
        Assert.Equal(3, (await RunAsync("download", "--latest")).Exit);
        var none = await RunAsync("download", "AAECAwQFBgcICQoLDA0ODw");
        Assert.Equal(3, none.Exit);
        Assert.Contains("no such file", none.Error, StringComparison.Ordinal);

        Assert.Equal(0, (await RunAsync("send", "--file", Write("sealed.bin", 1_000))).Exit);
        var link = _link.FormatWithSecret();
        var key = link.IndexOf("k=", StringComparison.Ordinal) + 2;
        var other = $"{link[..key]}{(link[key] == 'A' ? 'B' : 'A')}{link[(key + 1)..]}";
        var sealedElse = await _shell.RunAsync(["download", "--latest"], other);
        Assert.Equal(4, sealedElse.Exit);
        Assert.Contains("another key", sealedElse.Error, StringComparison.Ordinal);

        // A folder stands where the file is to go: nothing of it is left beside.
        Directory.CreateDirectory(Path.Combine(Folder("got"), "sealed.bin"));
        Assert.Equal(1, (await RunAsync("download", "--latest", "--force", "-o", Folder("got"))).Exit);
        Assert.Single(Directory.GetFileSystemEntries(Folder("got")));
    }

    [Fact]
    public async Task An_altered_file_ends_with_an_error_on_standard_output_as_well()
    {
        Assert.Equal(0, (await RunAsync("send", "--file", Write("a.bin", 17_000_000))).Exit);
        await using (var raw = new FileStream(_server.ObjectFiles()[0], FileMode.Open, FileAccess.ReadWrite))
        {
            raw.Position = raw.Length - 1;
            var was = raw.ReadByte();
            raw.Position--;
            raw.WriteByte((byte)(was ^ 1));
        }
        using var output = new Kept();
        var got = await _shell.RunAsync(
            ["download", "--latest", "-o", "-"],
            _link.FormatWithSecret(),
            bytesOut: output
        );
        Assert.Equal(1, got.Exit);
        Assert.Contains("E_AUTH", got.Error, StringComparison.Ordinal);
        var saved = await RunAsync("download", "--latest", "-o", Folder("got"));
        Assert.Equal((1, ""), (saved.Exit, saved.Output));
        Assert.Contains("E_AUTH", saved.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(Folder("got")));
    }

    [Fact]
    public async Task Without_a_server_nothing_is_sent_and_that_is_said()
    {
        await _server.StopAsync();
        var failed = await RunAsync("send", "--file", Write("a.bin", 5));
        Assert.Equal(1, failed.Exit);
        Assert.Contains("Cannot reach", failed.Error, StringComparison.Ordinal);
    }

    private Task<(int Exit, string Output, string Error)> RunAsync(params string[] args) =>
        _shell.RunAsync(args, _link.FormatWithSecret());

    private static string Text(JsonElement o, string name) => o.GetProperty(name).GetString()!;

    private string Folder(string name) => Directory.CreateDirectory(Path.Combine(_folder, name)).FullName;

    private string Write(string name, int size)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllBytes(path, RandomNumberGenerator.GetBytes(size));
        return path;
    }

    private void AssertSame(string name, string path) =>
        Assert.Equal(File.ReadAllBytes(Path.Combine(_folder, name)), File.ReadAllBytes(path));

    /// <summary>Is read after it was closed.</summary>
    private sealed class Kept : MemoryStream;
}
