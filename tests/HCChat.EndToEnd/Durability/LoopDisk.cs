using System.Globalization;
using HCChat.EndToEnd.Harness;

namespace HCChat.EndToEnd.Durability;

/// <summary>
/// A disk that can lose its power: an ext4 file system in a file. What programs have written and not flushed is in the memory of the mounted file system only, so
/// a copy of the file, taken while it is mounted, is what a power cut would leave at that moment.
/// </summary>
internal sealed class LoopDisk : IAsyncDisposable
{
    private readonly string _folder;
    private string _image;
    private int _cuts;

    private LoopDisk(string folder)
    {
        _folder = folder;
        _image = Path.Combine(folder, "disk-0");
        Mount = Path.Combine(folder, "mounted");
    }

    /// <summary>The data folder on it.</summary>
    public string Data => Path.Combine(Mount, "data");

    private string Mount { get; }

    /// <summary>Makes an empty disk and mounts it.</summary>
    public static async Task<LoopDisk> CreateAsync()
    {
        var disk = new LoopDisk(ServerProcess.NewFolder());
        try
        {
            Directory.CreateDirectory(disk.Mount);
            using (var file = new FileStream(disk._image, FileMode.CreateNew))
            {
                file.SetLength(256L << 20); // the store leaves 64 MiB of it free
            }
            await Tool.RunAsync("mkfs.ext4", "-q", "-F", disk._image);
            await disk.MountAsync();
            Directory.CreateDirectory(disk.Data);
            // The folder itself is old: only what the server does is in question.
            await Tool.RunAsync("sync", "-f", disk.Mount);
            return disk;
        }
        catch
        {
            await disk.DisposeAsync();
            throw;
        }
    }

    /// <summary>Copies what a power cut would leave now. Whoever writes must stand still. The copy is of one moment: it is taken again when the kernel wrote meanwhile.</summary>
    public async Task<string> CopyAsync()
    {
        var copy = Path.Combine(_folder, string.Create(CultureInfo.InvariantCulture, $"disk-{++_cuts}"));
        var device = new FileInfo(await DeviceAsync()).Name;
        string before;
        do
        {
            before = Writes(device);
            File.Delete(copy);
            await Tool.RunAsync("cp", "--sparse=always", _image, copy);
        } while (Writes(device) != before);
        return copy;
    }

    /// <summary>Puts a copy in the place of the disk. Nobody may have files of it open.</summary>
    public async Task ReplaceAsync(string copy)
    {
        await UnmountAsync();
        File.Delete(_image);
        _image = copy;
        await MountAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await UnmountAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private Task MountAsync() => Tool.MountAsync("-o", "loop", _image, Mount);

    private async Task UnmountAsync()
    {
        if (await DeviceAsync() is { Length: > 0 })
        {
            await Tool.RunAsync("umount", Mount);
        }
    }

    // /proc/mounts: device, folder, …
    private async Task<string> DeviceAsync() =>
        (await File.ReadAllLinesAsync("/proc/mounts")).Select(l => l.Split(' ')).FirstOrDefault(l => l[1] == Mount)?[0]
        ?? "";

    // Requests written to the device so far: the fifth figure of its `stat`; the ninth are those under way.
    private static string Writes(string device)
    {
        var figures = File.ReadAllText($"/sys/block/{device}/stat").Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return $"{figures[4]} {figures[8].Trim()}";
    }
}
