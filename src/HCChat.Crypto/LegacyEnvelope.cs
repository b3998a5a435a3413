using System.Security.Cryptography;
using System.Text;

namespace HCChat.Crypto;

/// <summary>
/// Envelope version 1, which the HChat app speaks (spec/crypto.md §10). Used only in rooms that the user opened in HChat
/// compatibility: its key is cheaper to guess, it hides no length, and nothing in it is bound to a sender or an order.
/// </summary>
public sealed class LegacyEnvelope : IDisposable
{
    private const int Rounds = 250_000;
    private readonly Secret _key;
    private readonly Secret _files;

    /// <summary>Stretches the passphrase as typed, in about 0.1 s. The app does not normalise it, so neither do we.</summary>
    /// <exception cref="E2eeException"><see cref="E2eeError.Format"/>: empty, or not Unicode.</exception>
    public LegacyEnvelope(string passphrase, string channel)
    {
        var password = Derivation.Utf8(passphrase);
        if (password.Length == 0)
        {
            throw new E2eeException(E2eeError.Format);
        }
        var salt = Derivation.Utf8("hc:" + channel);
        _key = new Secret(
            32,
            output => Rfc2898DeriveBytes.Pbkdf2(password, salt, output, Rounds, HashAlgorithmName.SHA256)
        );
        _files = new Secret(32, output => SHA256.HashData(password, output));
        CryptographicOperations.ZeroMemory(password);
    }

    /// <summary>Decrypts a file of the app, by the same passphrase.</summary>
    /// <inheritdoc cref="HcssFile.DecryptAsync"/>
    public Task DecryptFileAsync(Stream input, Stream output, CancellationToken stop = default) =>
        HcssFile.DecryptAsync(input, output, _files, stop);

    /// <summary>The stretched key, for vectors.</summary>
    internal Secret Key => _key;

    /// <summary>Seals text under a fresh random nonce.</summary>
    /// <exception cref="E2eeException"><see cref="E2eeError.Limit"/>: the envelope would exceed the wire's text limit.</exception>
    public string Seal(string text) => Seal(text, RandomNumberGenerator.GetBytes(Envelope.NonceSize));

    /// <summary>Seals under a given nonce, which must never be used twice: for test vectors only.</summary>
    internal string Seal(string text, byte[] nonce)
    {
        var plain = Derivation.Utf8(text);
        var sealedBytes = new byte[plain.Length + Envelope.TagSize];
        using var cipher = new AesGcm(_key.Reveal(), Envelope.TagSize);
        cipher.Encrypt(nonce, plain, sealedBytes.AsSpan(0, plain.Length), sealedBytes.AsSpan(plain.Length));
        var json =
            $$"""{"v":1,"alg":"AES-GCM","iv":"{{Base64Text.Encode(nonce)}}","ct":"{{Base64Text.Encode(sealedBytes)}}"}""";
        var envelope = Envelope.Prefix + Base64Text.Encode(Encoding.ASCII.GetBytes(json));
        return envelope.Length <= Envelope.MaxText ? envelope : throw new E2eeException(E2eeError.Limit);
    }

    /// <summary>Opens an envelope of version 1.</summary>
    /// <exception cref="E2eeException">
    /// <see cref="E2eeError.Plain"/>, <see cref="E2eeError.Limit"/>, <see cref="E2eeError.Format"/>, <see cref="E2eeError.Version"/>,
    /// <see cref="E2eeError.Alg"/> or <see cref="E2eeError.Auth"/> (tampered with, or another passphrase: v1 cannot tell).
    /// </exception>
    public string Open(string text)
    {
        using var json = Envelope.Parse(text);
        var envelope = json.RootElement;
        if (Envelope.Number(envelope, "v") != 1)
        {
            throw new E2eeException(E2eeError.Version);
        }
        if (Envelope.Text(envelope, "alg") != "AES-GCM")
        {
            throw new E2eeException(E2eeError.Alg);
        }
        var nonce = Envelope.Bytes(envelope, "iv");
        var sealedBytes = Envelope.Bytes(envelope, "ct");
        if (nonce.Length != Envelope.NonceSize || sealedBytes.Length < Envelope.TagSize)
        {
            throw new E2eeException(E2eeError.Format);
        }
        try
        {
            return Derivation.StrictUtf8.GetString(Envelope.Decrypt(_key, nonce, sealedBytes, default));
        }
        catch (DecoderFallbackException)
        {
            throw new E2eeException(E2eeError.Format);
        }
    }

    /// <summary>Zeroes the keys.</summary>
    public void Dispose()
    {
        _key.Dispose();
        _files.Dispose();
    }
}
