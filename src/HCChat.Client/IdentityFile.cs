using System.Text;
using HCChat.Crypto;

namespace HCChat.Client;

/// <summary>A person's key in a file that only its user may read (mode 0600): one line, <c>hcid1-…</c>. Whoever has it can sign in that person's name.</summary>
public static class IdentityFile
{
    private const int MaxSize = 1_024; // bytes

    /// <summary>The key in a file, which is made with a new one when there is none.</summary>
    /// <exception cref="IOException">It cannot be read or made.</exception>
    /// <exception cref="E2eeException">It is damaged. It is never replaced by itself: another key is another person to everybody.</exception>
    public static SigningIdentity Open(string path)
    {
        if (!File.Exists(path))
        {
            var made = SigningIdentity.Generate();
            try
            {
                Save(path, made, replace: false);
                return made;
            }
            catch (IOException) when (File.Exists(path))
            {
                made.Dispose(); // another process was first
            }
        }
        return Read(path);
    }

    /// <summary>The key in a file that is there.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="E2eeException">It is damaged.</exception>
    public static SigningIdentity Read(string path)
    {
        using var file = File.OpenRead(path);
        if (file.Length > MaxSize)
        {
            throw new E2eeException(E2eeError.Format);
        }
        using var reader = new StreamReader(file, Encoding.UTF8);
        return SigningIdentity.Import(reader.ReadToEnd().Trim());
    }

    /// <summary>Keeps a key in a file.</summary>
    /// <param name="replace">Whether another may stand there, which is lost then.</param>
    /// <exception cref="IOException">It cannot be written, or another stands there.</exception>
    public static void Save(string path, SigningIdentity identity, bool replace)
    {
        ArgumentNullException.ThrowIfNull(identity);
        PrivateFile.Write(path, Encoding.ASCII.GetBytes(identity.ExportWithSecret() + "\n"), replace);
    }
}
