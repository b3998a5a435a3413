using System.Security.Cryptography;
using System.Text;

namespace HCChat.Server.Database;

/// <summary>What of a random secret (a token, an invitation) the database may have: enough to know it again, nothing to use it by.</summary>
internal static class StoredSecret
{
    /// <summary>SHA-256 in hex. For secrets that nobody can guess; passwords need more.</summary>
    public static string Of(string secret) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(secret)));
}
