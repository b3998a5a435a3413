using System.Globalization;
using System.Text;
using static HCChat.Storage.S3Endpoint;

namespace HCChat.Storage;

/// <summary>What is done with the bucket: listing (ListObjectsV2, and its forerunner for old clients), and removing many objects at once.</summary>
internal sealed class Bucket(DiskStore store, string name)
{
    private const int MaxPage = 1_000;

    // Behind every key that begins with what it is put to: the last of all characters.
    private const string Behind = "\U0010FFFF";

    /// <summary>A time as S3 writes it.</summary>
    public static string Time(long milliseconds) =>
        DateTimeOffset
            .FromUnixTimeMilliseconds(milliseconds)
            .ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    public Task ListAsync(HttpContext context, RequestTarget target)
    {
        var prefix = target["prefix"] ?? "";
        var delimiter = target["delimiter"] ?? "";
        var limit = int.TryParse(target["max-keys"], NumberStyles.None, CultureInfo.InvariantCulture, out var max)
            ? Math.Clamp(max, 0, MaxPage)
            : MaxPage;
        var isNew = target["list-type"] == "2";
        var after =
            !isNew ? target["marker"] ?? ""
            : target["continuation-token"] is { } token ? FromToken(token)
            : target["start-after"] ?? "";
        var (found, folders, next) = Page(prefix, delimiter, after, limit);
        string Name(string key) => target["encoding-type"] == "url" ? RequestTarget.Encode(key, keepSlash: true) : key;
        return WriteAsync(
            context,
            Element(
                "ListBucketResult",
                Element("Name", name),
                Element("Prefix", Name(prefix)),
                delimiter.Length > 0 ? Element("Delimiter", Name(delimiter)) : "",
                target["encoding-type"] == "url" ? Element("EncodingType", "url") : "",
                isNew ? Element("KeyCount", found.Count + folders.Count) : Element("Marker", Name(after)),
                Element("MaxKeys", limit),
                Element("IsTruncated", next is not null),
                next is null ? ""
                    : isNew ? Element("NextContinuationToken", ToToken(next))
                    : Element("NextMarker", Name(next)),
                found.Select(o =>
                    Element(
                        "Contents",
                        Element("Key", Name(o.Key)),
                        Element("LastModified", Time(o.Modified)),
                        Element("ETag", Objects.Quote(o.ETag)),
                        Element("Size", o.Size),
                        Element("StorageClass", "STANDARD")
                    )
                ),
                folders.Select(f => Element("CommonPrefixes", Element("Prefix", Name(f))))
            )
        );
    }

    public async Task DeleteAsync(HttpContext context, RequestTarget target, Signature signature)
    {
        var body = await XmlBody.ReadAsync(context, target, signature);
        var objects = body.Elements().Where(e => e.Name.LocalName == "Object").ToList();
        if (objects.SelectMany(o => o.Elements()).Any(e => e.Name.LocalName != "Key"))
        {
            throw S3Error.NotBuilt("Objects are removed by their keys alone: there are no versions and no conditions.");
        }
        var keys = objects
            .Select(o => o.Elements().FirstOrDefault(e => e.Name.LocalName == "Key")?.Value ?? throw S3Error.BadXml())
            .ToList();
        if (body.Name.LocalName != "Delete" || keys.Count is 0 or > MaxPage)
        {
            throw S3Error.BadXml();
        }
        foreach (var key in keys)
        {
            store.Delete(key);
        }
        var isQuiet = body.Elements().Any(e => e.Name.LocalName == "Quiet" && e.Value.Trim() == "true");
        await WriteAsync(
            context,
            Element("DeleteResult", isQuiet ? "" : keys.Select(k => Element("Deleted", Element("Key", k))))
        );
    }

    // Keys that have the delimiter behind the prefix come as one folder, and the list goes on behind all of them.
    private (List<StoredObject> Found, List<string> Folders, string? Next) Page(
        string prefix,
        string delimiter,
        string after,
        int limit
    )
    {
        var (found, folders) = (new List<StoredObject>(), new List<string>());
        // Even the last of all characters may stand in a key.
        var passed =
            delimiter.Length > 0 && after.EndsWith(delimiter + Behind, StringComparison.Ordinal)
                ? after[..^Behind.Length]
                : null;
        var at = after;
        for (var jumped = limit > 0; jumped; )
        {
            jumped = false;
            var some = store.List(prefix, at, MaxPage);
            foreach (var one in some)
            {
                if (passed is not null && one.Key.StartsWith(passed, StringComparison.Ordinal))
                {
                    at = one.Key;
                    continue;
                }
                var cut =
                    delimiter.Length > 0 ? one.Key.IndexOf(delimiter, prefix.Length, StringComparison.Ordinal) : -1;
                if (found.Count + folders.Count == limit)
                {
                    return (found, folders, after);
                }
                if (cut < 0)
                {
                    found.Add(one);
                    at = after = one.Key;
                    continue;
                }
                passed = one.Key[..(cut + delimiter.Length)];
                folders.Add(passed);
                at = after = passed + Behind;
                jumped = true;
                break;
            }
            jumped |= some.Count == MaxPage;
        }
        return (found, folders, null);
    }

    private static string ToToken(string key) => Convert.ToBase64String(Encoding.UTF8.GetBytes(key));

    private static string FromToken(string token)
    {
        try
        {
            return Encoding.UTF8.GetString(Convert.FromBase64String(token));
        }
        catch (FormatException)
        {
            throw S3Error.Invalid("The continuation token is not one of this server's.");
        }
    }
}
