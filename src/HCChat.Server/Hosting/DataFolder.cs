using System.Security.Cryptography;
using static HCChat.Server.Hosting.Language;

namespace HCChat.Server.Hosting;

/// <summary>The folder for everything that must survive a restart. Held by one process at a time.</summary>
internal sealed class DataFolder : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OwnerFolder = OwnerOnly | UnixFileMode.UserExecute;

    private readonly FileStream _lock;

    private DataFolder(string path, FileStream held)
    {
        Path = path;
        _lock = held;
    }

    /// <summary>Its full path.</summary>
    public string Path { get; }

    /// <summary>Makes the folder if need be and takes hold of it.</summary>
    /// <param name="path">Where; empty for the user's own data folder.</param>
    /// <exception cref="StartException">It cannot be used, or another process uses it.</exception>
    public static DataFolder Open(string path)
    {
        path = PathOf(path);
        try
        {
            Directory.CreateDirectory(path);
            if (!OperatingSystem.IsWindows() && Directory.GetFileSystemEntries(path).Length == 0)
            {
                File.SetUnixFileMode(path, OwnerFolder);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartException(
                Say(
                    $"The data folder '{path}' cannot be created or changed: {e.Message}",
                    $"无法创建或更改数据文件夹“{path}”：{e.Message}"
                )
            );
        }
        var lockPath = System.IO.Path.Combine(path, "hcchat.lock");
        try
        {
            var held = new FileStream(lockPath, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            return new DataFolder(path, held);
        }
        catch (UnauthorizedAccessException)
        {
            throw new StartException(
                Say(
                    $"The data folder '{path}' cannot be written to by this user.",
                    $"当前用户不能写入数据文件夹“{path}”。"
                )
            );
        }
        catch (IOException) when (File.Exists(lockPath))
        {
            throw new StartException(
                Say(
                    $"Another hcchat already runs on the data folder '{path}'.",
                    $"已有另一个 hcchat 在使用数据文件夹“{path}”。"
                )
            );
        }
        catch (IOException e)
        {
            throw new StartException(
                Say(
                    $"The data folder '{path}' cannot be written to: {e.Message}",
                    $"无法写入数据文件夹“{path}”：{e.Message}"
                )
            );
        }
    }

    /// <summary>The full path of a data folder; empty for the user's own.</summary>
    /// <exception cref="StartException">The user has none.</exception>
    public static string PathOf(string path) => System.IO.Path.GetFullPath(path.Length > 0 ? path : Default());

    /// <summary>A secret of this installation, made of random bytes on first use and readable by its owner alone.</summary>
    /// <param name="name">Its file name.</param>
    /// <param name="length">Its length, bytes.</param>
    /// <exception cref="StartException">The file is damaged or cannot be written.</exception>
    public byte[] Secret(string name, int length)
    {
        var file = SecretFile(name);
        try
        {
            if (!File.Exists(file))
            {
                MakeSecretsFolder();
                Write(file, RandomNumberGenerator.GetBytes(length));
            }
            var secret = File.ReadAllBytes(file);
            return secret.Length == length
                ? secret
                : throw new StartException(
                    Say(
                        $"'{file}' has {secret.Length} bytes instead of {length}: restore it or delete it.",
                        $"“{file}”有 {secret.Length} 字节，应为 {length} 字节：请恢复或删除它。"
                    )
                );
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unusable(file, e);
        }
    }

    /// <summary>A secret text, or null before there is one.</summary>
    /// <param name="name">Its file name.</param>
    /// <exception cref="StartException">The file cannot be read.</exception>
    public string? Text(string name)
    {
        var file = SecretFile(name);
        try
        {
            return File.Exists(file) ? File.ReadAllText(file) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unusable(file, e);
        }
    }

    /// <summary>Keeps a secret text for its owner alone; the old one is there until the new one is on the disk.</summary>
    /// <exception cref="StartException">The file cannot be written.</exception>
    public void SetText(string name, string text)
    {
        var file = SecretFile(name);
        try
        {
            MakeSecretsFolder();
            Write(file, System.Text.Encoding.UTF8.GetBytes(text));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unusable(file, e);
        }
    }

    public void Dispose() => _lock.Dispose();

    private string SecretFile(string name) => System.IO.Path.Combine(Path, "secrets", name);

    private void MakeSecretsFolder()
    {
        var folder = System.IO.Path.Combine(Path, "secrets");
        Directory.CreateDirectory(folder);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(folder, OwnerFolder);
        }
    }

    private static StartException Unusable(string file, Exception e) =>
        new(Say($"'{file}' cannot be read or written: {e.Message}", $"无法读写“{file}”：{e.Message}"));

    // Beside the target and renamed, on disk before it counts: a power cut leaves a whole secret or none.
    private static void Write(string file, byte[] bytes)
    {
        var temporary = file + ".new";
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerOnly;
        }
        using (var stream = new FileStream(temporary, options))
        {
            stream.Write(bytes);
            stream.Flush(flushToDisk: true);
        }
        File.Move(temporary, file, overwrite: true);
    }

    // XDG_DATA_HOME/hcchat, by default ~/.local/share/hcchat.
    private static string Default()
    {
        var home = Environment.GetFolderPath(
            Environment.SpecialFolder.LocalApplicationData,
            Environment.SpecialFolderOption.DoNotVerify
        );
        return home.Length > 0
            ? System.IO.Path.Combine(home, "hcchat")
            : throw new StartException(
                Say(
                    "This user has no home folder: say where the data goes with --data.",
                    "当前用户没有主目录：请用 --data 指定数据文件夹。"
                )
            );
    }
}
