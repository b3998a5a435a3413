using System.Globalization;

namespace HCChat.Load;

/// <summary>A folder on the disk that the repository is on, so that everybody writes to the same one. Goes with its content.</summary>
internal sealed class Scratch : IDisposable
{
    private readonly string _folder = Path.GetFullPath($"artifacts/bench-{Environment.ProcessId}");
    private int _count;

    /// <summary>A new folder in it.</summary>
    public string Folder() =>
        Directory.CreateDirectory(Path.Combine(_folder, (++_count).ToString(CultureInfo.InvariantCulture))).FullName;

    public void Dispose()
    {
        if (Directory.Exists(_folder))
        {
            Directory.Delete(_folder, recursive: true);
        }
    }
}
