using System.Runtime.InteropServices;
using System.Text;

namespace HCChat.Storage;

/// <summary>Folders and files that are there for their owner alone, and outlive a power cut: a new file is safe when its folder is, too. .NET opens no folders.</summary>
internal static class Folder
{
    private const UnixFileMode OwnersFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Makes a folder, and those above it.</summary>
    public static void Make(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
        }
        else
        {
            Directory.CreateDirectory(path, OwnersFile | UnixFileMode.UserExecute);
        }
    }

    /// <summary>A file to write to.</summary>
    public static FileStream NewFile(string path, FileMode mode)
    {
        var options = new FileStreamOptions
        {
            Mode = mode,
            Access = FileAccess.Write,
            Share = FileShare.ReadWrite,
            Options = FileOptions.Asynchronous,
            BufferSize = 0,
        };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnersFile;
        }
        return new FileStream(path, options);
    }

    /// <summary>Waits until the entries are on the disk.</summary>
    /// <exception cref="IOException">They cannot be brought there.</exception>
    public static void Flush(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            return; // the file system's journal does it
        }
        var descriptor = Open([.. Encoding.UTF8.GetBytes(path), 0], flags: 0);
        if (descriptor < 0)
        {
            throw new IOException($"The folder '{path}' cannot be opened.");
        }
        var synced = Sync(descriptor);
        _ = Close(descriptor);
        if (synced != 0)
        {
            throw new IOException($"The folder '{path}' cannot be brought to the disk.");
        }
    }

    [DllImport("libc", EntryPoint = "open")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Open(byte[] path, int flags);

    [DllImport("libc", EntryPoint = "fsync")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Sync(int descriptor);

    [DllImport("libc", EntryPoint = "close")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Close(int descriptor);
}
