using System.Security.Cryptography;
using System.Text;
using Geralt;

namespace HCChat.Crypto;

/// <summary>From a passphrase to a room's root key (spec/crypto.md §2): NFKC, then Argon2id at a fixed cost.</summary>
public static class Passphrase
{
    private const int Iterations = 3;
    private const int MemoryBytes = 64 * 1024 * 1024; // RFC 9106's second choice, with one lane because browsers have one

    /// <summary>Bytes that a room salt may have at most.</summary>
    public const int MaxRoomSalt = 32;

    /// <summary>
    /// The keys of <paramref name="channel"/> for a passphrase. Takes about 0.1 s and 64 MiB; do it once per room.
    /// </summary>
    /// <param name="passphrase">As typed. Full-width forms and surrounding blanks do not matter.</param>
    /// <param name="channel">The room's name exactly as the server confirmed it.</param>
    /// <param name="roomSalt">The salt of the join reply or of the invite link, 0–32 bytes.</param>
    /// <exception cref="E2eeException">
    /// <see cref="E2eeError.Format"/>: empty, or not Unicode, or the salt is too long; <see cref="E2eeError.NoIcu"/>: not ASCII in a
    /// process that cannot normalise; <see cref="E2eeError.Resource"/>: 64 MiB could not be had.
    /// </exception>
    public static RoomKeys Derive(string passphrase, string channel, ReadOnlySpan<byte> roomSalt)
    {
        if (roomSalt.Length > MaxRoomSalt)
        {
            throw new E2eeException(E2eeError.Format);
        }
        var password = Normalize(passphrase);
        var salt = Salt(channel, roomSalt);
        try
        {
            var root = new Secret(
                Argon2id.KeySize,
                output => Argon2id.DeriveKey(output, password, salt, Iterations, MemoryBytes)
            );
            return new RoomKeys(root, channel);
        }
        catch (Exception e) when (e is OutOfMemoryException or CryptographicException)
        {
            throw new E2eeException(E2eeError.Resource);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(password);
        }
    }

    /// <summary>The bytes that are stretched: UTF-8 of the NFKC form without surrounding TAB, LF, CR and SP.</summary>
    internal static byte[] Normalize(string passphrase) =>
        Normalize(passphrase, text => text.Normalize(NormalizationForm.FormKC));

    /// <summary>The same with a given normaliser. Without ICU .NET returns the text unchanged and says nothing, hence the probe.</summary>
    internal static byte[] Normalize(string passphrase, Func<string, string> nfkc)
    {
        ArgumentNullException.ThrowIfNull(passphrase);
        var text = passphrase;
        if (!Ascii.IsValid(passphrase))
        {
            if (nfkc("Ａ") != "A")
            {
                throw new E2eeException(E2eeError.NoIcu);
            }
            try
            {
                text = nfkc(passphrase);
            }
            catch (ArgumentException)
            {
                throw new E2eeException(E2eeError.Format); // a lone surrogate
            }
        }
        var stripped = text.Trim('\t', '\n', '\r', ' ');
        return stripped.Length == 0 ? throw new E2eeException(E2eeError.Format) : Derivation.Utf8(stripped);
    }

    /// <summary>The Argon2id salt: 16 bytes that depend on the room and on the installation.</summary>
    internal static byte[] Salt(string channel, ReadOnlySpan<byte> roomSalt) =>
        SHA256.HashData(Derivation.Join(Derivation.Product + "salt", Derivation.Utf8(channel), roomSalt.ToArray()))[
            ..Argon2id.SaltSize
        ];
}
