using System.Security.Cryptography;
using System.Text;

namespace HCChat.Storage;

/// <summary>The pair with which requests to the store are signed.</summary>
/// <param name="AccessKey">Names the pair; stands in every address.</param>
/// <param name="Secret">Signs; never leaves the server.</param>
public sealed record StorageKey(string AccessKey, string Secret)
{
    /// <summary>The key for one day, region and service (Signature Version 4, "Calculate signature").</summary>
    internal byte[] ForScope(string date, string region, string service)
    {
        var key = Encoding.UTF8.GetBytes("AWS4" + Secret);
        foreach (var part in new[] { date, region, service, "aws4_request" })
        {
            key = HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(part));
        }
        return key;
    }

    /// <summary>Without the secret.</summary>
    public override string ToString() => AccessKey;
}
