namespace HCChat.Client;

/// <summary>Files that only their user may read: mode 0600 in folders of mode 0700. On Windows the user's folders are private as they are.</summary>
internal static class PrivateFile
{
    private const UnixFileMode OwnerFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Makes a folder where there is none.</summary>
    public static void MakeFolder(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
        }
        else
        {
            Directory.CreateDirectory(path, OwnerFile | UnixFileMode.UserExecute);
        }
    }

    /// <summary>Opens a file, unbuffered, and makes it when <paramref name="mode"/> says so.</summary>
    public static FileStream Open(string path, FileMode mode, FileShare share)
    {
        var options = new FileStreamOptions
        {
            Mode = mode,
            Access = FileAccess.ReadWrite,
            Share = share,
            BufferSize = 0,
        };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerFile;
        }
        return new FileStream(path, options);
    }

    /// <summary>Puts a whole file in its place at once, on the disk when this returns. Who reads meanwhile sees the one before or this one.</summary>
    /// <param name="replace">Whether another file may stand there.</param>
    /// <exception cref="IOException">It cannot be written, or another file stands there.</exception>
    public static void Write(string path, ReadOnlySpan<byte> bytes, bool replace)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        MakeFolder(folder);
        var fresh = Path.Combine(folder, $".{Path.GetFileName(path)}.{Path.GetRandomFileName()}");
        try
        {
            using (var file = Open(fresh, FileMode.CreateNew, FileShare.None))
            {
                file.Write(bytes);
                file.Flush(flushToDisk: true);
            }
            File.Move(fresh, path, replace);
        }
        catch
        {
            File.Delete(fresh);
            throw;
        }
        Folder.Flush(folder);
    }
}
