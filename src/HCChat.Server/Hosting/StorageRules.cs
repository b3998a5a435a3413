using System.Text.RegularExpressions;
using static HCChat.Server.Hosting.Language;

namespace HCChat.Server.Hosting;

/// <summary>What the settings under <c>Storage</c> must be.</summary>
internal static class StorageRules
{
    /// <summary>Checks them.</summary>
    /// <exception cref="StartException">They cannot be used.</exception>
    public static void Check(StorageOptions storage)
    {
        foreach (
            var (key, address) in new[] { ("Endpoint", storage.Endpoint), ("PublicEndpoint", storage.PublicEndpoint) }
        )
        {
            var isAddress =
                Uri.TryCreate(address, UriKind.Absolute, out var parsed) && parsed.Scheme is "http" or "https";
            if (address.Length > 0 && !isAddress)
            {
                throw new StartException(
                    Say(
                        $"Storage:{key}: '{address}' is not an address like https://s3.example.",
                        $"Storage:{key}：“{address}”不是 https://s3.example 这样的地址。"
                    )
                );
            }
        }
        // As S3 has it; and nothing that the web client or the API answers to.
        if (
            !Regex.IsMatch(storage.Bucket, "^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$")
            || storage.Bucket is "api" or "assets" or "media"
        )
        {
            throw new StartException(
                Say(
                    $"Storage:Bucket: '{storage.Bucket}' is not 3 to 63 lower-case letters, digits and hyphens.",
                    $"Storage:Bucket：“{storage.Bucket}”不是 3 到 63 个小写字母、数字和连字符。"
                )
            );
        }
        if (
            storage.AccessKey.Length > 0 != storage.SecretKey.Length > 0
            || (storage.Endpoint.Length > 0 && storage.AccessKey.Length == 0)
        )
        {
            throw new StartException(
                Say(
                    "Storage:AccessKey and Storage:SecretKey belong together, and Storage:Endpoint needs both.",
                    "Storage:AccessKey 与 Storage:SecretKey 必须同时设置；设置 Storage:Endpoint 时两者都需要。"
                )
            );
        }
    }
}
