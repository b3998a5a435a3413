using System.Security.Cryptography;
using System.Text;
using HCChat.Crypto;

namespace HCChat.Client;

/// <summary>
/// Saves a file. What comes lies, encrypted as it is, beside the file's name (<c>name.….part</c>) until all of it is there, so that a download that was broken off goes on; then it is verified and decrypted,
/// and only what is whole and right gets the name.
/// </summary>
/// <param name="open">The object's bytes from some byte on.</param>
/// <param name="decrypt">Writes the plaintext of an object.</param>
internal sealed class FileDownload(
    SharedFile file,
    Func<long, Stream> open,
    Func<Stream, Stream, CancellationToken, Task> decrypt
)
{
    private const int BufferSize = 65_536;

    /// <summary>Saves it.</summary>
    /// <param name="destination">The name, or a folder that is there.</param>
    /// <returns>The name.</returns>
    public async Task<string> SaveAsync(string destination, bool overwrite, CancellationToken stop)
    {
        var path = Path.GetFullPath(
            Directory.Exists(destination) ? Path.Combine(destination, HarmlessName.Of(file.Name)) : destination
        );
        CheckFree(path, overwrite);
        var tag = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(file.Source)))[..8];
        var partial = $"{path}.{tag}.part";
        var fresh = $"{path}.{tag}.new";
        // Whoever has it open is saving the file, and all that lies there is theirs.
        var stored = PrivateFile.Open(partial, FileMode.OpenOrCreate, FileShare.None);
        try
        {
            await using (stored.ConfigureAwait(false))
            {
                await SaveAsync(stored, fresh, path, overwrite, stop).ConfigureAwait(false);
            }
        }
        catch (E2eeException e)
        {
            File.Delete(partial); // fetched again, it may be right
            throw new FileDamagedException(e);
        }
        catch
        {
            if (new FileInfo(partial) is { Exists: true, Length: 0 })
            {
                File.Delete(partial);
            }
            throw;
        }
        File.Delete(partial);
        Folder.Flush(Path.GetDirectoryName(path)!);
        return path;
    }

    private async Task SaveAsync(FileStream stored, string fresh, string path, bool overwrite, CancellationToken stop)
    {
        await FetchAsync(stored, stop).ConfigureAwait(false);
        try
        {
            await OpenAsync(stored, fresh, stop).ConfigureAwait(false);
            CheckFree(path, overwrite);
            File.Move(fresh, path, overwrite);
        }
        catch
        {
            File.Delete(fresh);
            throw;
        }
    }

    private async Task FetchAsync(FileStream stored, CancellationToken stop)
    {
        if (stored.Length > file.MaxStored)
        {
            stored.SetLength(0);
        }
        stored.Position = stored.Length;
        var source = open(stored.Length);
        await using (source.ConfigureAwait(false))
        {
            await source.CopyToAsync(stored, BufferSize, stop).ConfigureAwait(false);
        }
        stored.Position = 0;
    }

    private async Task OpenAsync(FileStream stored, string fresh, CancellationToken stop)
    {
        if (file.Sealed?.Sha256 is { } expected)
        {
            var hash = await SHA256.HashDataAsync(stored, stop).ConfigureAwait(false);
            if (!hash.AsSpan().SequenceEqual(expected))
            {
                throw new E2eeException(E2eeError.Auth);
            }
            stored.Position = 0;
        }
        File.Delete(fresh);
        var plain = new FileStream(fresh, FileMode.CreateNew, FileAccess.Write, FileShare.None);
        await using (plain.ConfigureAwait(false))
        {
            await decrypt(stored, plain, stop).ConfigureAwait(false);
            plain.Flush(flushToDisk: true);
        }
    }

    private static void CheckFree(string path, bool overwrite)
    {
        // Whoever says -o /dev/null may be root, and would have a file there instead of the device from then on.
        var isDevice = Path.GetDirectoryName(path) == "/dev";
        if (Directory.Exists(path) || ((!overwrite || isDevice) && File.Exists(path)))
        {
            throw new FileExistsException(path);
        }
    }
}
