using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using HCChat.Server.Database;

namespace HCChat.Server.Identities;

/// <summary>
/// What a page brings home from a login elsewhere and gives for tokens: good once, for a minute, and only together with the secret of the page that began. So a code that
/// somebody else reads, or puts into somebody's address bar, is of no use. In memory, as hashes: who is between two places when the server restarts begins again.
/// </summary>
internal sealed class LoginCodes(TimeProvider time)
{
    /// <summary>How long a code is good.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(60);

    /// <summary>Codes that wait; then the oldest goes first.</summary>
    private const int Most = 10_000;

    private const int SecretSize = 32;
    private const int EncodedHash = 43; // SHA-256 in base64url
    private const int LongestVerifier = 128;

    private readonly Lock _lock = new();
    private readonly OrderedDictionary<string, Waiting> _waiting = [];

    private sealed record Waiting(string Account, string Challenge, long Since);

    /// <summary>Whether a text can be the challenge of a page: SHA-256 in base64url (RFC 7636, S256).</summary>
    public static bool IsChallenge(string? text) => text is { Length: EncodedHash } && Base64Url.IsValid(text);

    /// <summary>A code for an account.</summary>
    /// <param name="account">The account's id.</param>
    /// <param name="challenge">Of the page that began.</param>
    public string Add(string account, string challenge)
    {
        var code = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(SecretSize));
        lock (_lock)
        {
            while (_waiting.Count > 0 && (_waiting.Count >= Most || IsOver(_waiting.GetAt(0).Value)))
            {
                _waiting.RemoveAt(0);
            }
            _waiting.Add(StoredSecret.Of(code), new Waiting(account, challenge, time.GetTimestamp()));
        }
        return code;
    }

    /// <summary>Takes a code. It is gone then, whatever comes of it.</summary>
    /// <param name="code">The code.</param>
    /// <param name="verifier">The secret whose hash the challenge was.</param>
    /// <returns>The account's id, or null.</returns>
    public string? Take(string code, string verifier)
    {
        Waiting? found;
        lock (_lock)
        {
            _waiting.Remove(StoredSecret.Of(code), out found);
        }
        return found is not null && !IsOver(found) && IsAnswer(verifier, found.Challenge) ? found.Account : null;
    }

    private bool IsOver(Waiting waiting) => time.GetElapsedTime(waiting.Since) > Lifetime;

    private static bool IsAnswer(string verifier, string challenge) =>
        verifier.Length is >= EncodedHash and <= LongestVerifier
        && CryptographicOperations.FixedTimeEquals(
            Encoding.ASCII.GetBytes(Base64Url.EncodeToString(SHA256.HashData(Encoding.UTF8.GetBytes(verifier)))),
            Encoding.ASCII.GetBytes(challenge)
        );
}
