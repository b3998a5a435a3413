using HCChat.EndToEnd.Harness;

namespace HCChat.EndToEnd.Durability;

/// <summary>A file system in memory with little room.</summary>
internal sealed class SmallDisk : IAsyncDisposable
{
    private readonly string _folder = ServerProcess.NewFolder();

    /// <summary>The data folder on it.</summary>
    public string Data => Path.Combine(_folder, "data");

    private string Filler => Path.Combine(_folder, "filler");

    /// <summary>Mounts an empty one.</summary>
    /// <param name="size">Bytes, as `mount` takes it.</param>
    public static async Task<SmallDisk> CreateAsync(string size)
    {
        var disk = new SmallDisk();
        try
        {
            await Tool.MountAsync("-t", "tmpfs", "-o", $"size={size}", "tmpfs", disk._folder);
        }
        catch
        {
            Directory.Delete(disk._folder);
            throw;
        }
        Directory.CreateDirectory(disk.Data);
        return disk;
    }

    /// <summary>Fills it to the last byte.</summary>
    public void Fill()
    {
        try
        {
            using var file = new FileStream(Filler, FileMode.Append, FileAccess.Write, FileShare.None, bufferSize: 0);
            while (true)
            {
                file.Write(new byte[4096]);
            }
        }
        catch (IOException)
        {
            // Full.
        }
    }

    /// <summary>Somebody cleans up.</summary>
    public void Empty() => File.Delete(Filler);

    /// <summary>Somebody makes it larger.</summary>
    public Task GrowAsync(string size) => Tool.RunAsync("mount", "-o", $"remount,size={size}", _folder);

    public async ValueTask DisposeAsync()
    {
        await Tool.RunAsync("umount", _folder);
        Directory.Delete(_folder);
    }
}
