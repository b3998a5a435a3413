using System.Globalization;
using Microsoft.Net.Http.Headers;

namespace HCChat.Storage;

/// <summary>Single objects: PUT, GET, HEAD, DELETE.</summary>
internal sealed class Objects(DiskStore store)
{
    private const string Checksum = "x-amz-checksum-sha256";
    private const string Bytes = "application/octet-stream";
    private const int MaxType = 200;

    /// <summary>Headers of the answer that a signed address may set.</summary>
    public static readonly string[] Overrides =
    [
        "response-content-type",
        "response-content-disposition",
        "response-cache-control",
    ];

    /// <param name="check">Asked when all has come, before it counts.</param>
    public async Task PutAsync(HttpContext context, RequestTarget target, Signature signature, Func<Task> check)
    {
        var request = context.Request;
        target.CheckListable();
        using var payload = Payload.Of(request, target, signature);
        var onlyNew = Conditions.OnlyNew(request);
        var made = await store.PutAsync(target.Key, TypeOf(request), payload, onlyNew, check, context.RequestAborted);
        context.Response.Headers.ETag = Quote(made.ETag);
        context.Response.Headers[Checksum] = made.Sha256;
    }

    public async Task GetAsync(HttpContext context, RequestTarget target)
    {
        var (request, response) = (context.Request, context.Response);
        var found = store.Find(target.Key) ?? throw S3Error.NoKey();
        var headers = response.Headers;
        headers.ETag = Quote(found.ETag);
        headers.AcceptRanges = "bytes";
        headers.LastModified = DateTimeOffset
            .FromUnixTimeMilliseconds(found.Modified)
            .ToString("R", CultureInfo.InvariantCulture);
        if (found.Sha256.Length > 0)
        {
            headers[Checksum] = found.Sha256;
        }
        if (request.Headers.IfMatch.Count > 0 && !Matches(request.Headers.IfMatch.ToString(), found))
        {
            throw S3Error.Precondition();
        }
        if (request.Headers.IfNoneMatch.Count > 0 && Matches(request.Headers.IfNoneMatch.ToString(), found))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }
        var range = Range(request, found);
        var (start, length) = range ?? (0, found.Size);
        store.CheckThere(found, start, length);
        response.ContentType = Harmless(Printable(target["response-content-type"]) ?? found.Type);
        headers.ContentDisposition = Printable(target["response-content-disposition"]) ?? "attachment";
        headers.CacheControl = Printable(target["response-cache-control"]) ?? "no-store";
        if (range is not null)
        {
            response.StatusCode = StatusCodes.Status206PartialContent;
            headers.ContentRange = $"bytes {start}-{start + length - 1}/{found.Size}";
            // It is that of the whole, and clients compare it with what comes.
            headers.Remove(Checksum);
        }
        response.ContentLength = length;
        if (request.Method != "HEAD")
        {
            await store.CopyAsync(found, start, length, response.Body, context.RequestAborted);
        }
    }

    public Task DeleteAsync(HttpContext context, RequestTarget target)
    {
        store.Delete(target.Key);
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }

    /// <summary>An ETag as it stands in a header.</summary>
    public static string Quote(string etag) => $"\"{etag}\"";

    /// <summary>The media type that the sender gave.</summary>
    public static string TypeOf(HttpRequest request) =>
        request.ContentType is { Length: > 0 and <= MaxType } type && type.All(IsPrintable) ? type : Bytes;

    // One range of bytes, or null for everything (RFC 9110 §14.2: a range that is not understood is passed over).
    private static (long Start, long Length)? Range(HttpRequest request, StoredObject found)
    {
        if (
            request.Headers.Range.Count == 0
            || !RangeHeaderValue.TryParse(request.Headers.Range.ToString(), out var range)
            || range.Unit != "bytes"
            || range.Ranges.Count != 1
            || (request.Headers.IfRange.Count > 0 && !Matches(request.Headers.IfRange.ToString(), found))
        )
        {
            return null;
        }
        var only = range.Ranges.First();
        var start = only.From ?? Math.Max(0, found.Size - (only.To ?? 0));
        var end = only.From is null ? found.Size - 1 : Math.Min(only.To ?? long.MaxValue, found.Size - 1);
        return start <= end ? (start, end - start + 1) : throw S3Error.BadRange(found.Size);
    }

    private static string? Printable(string? value) =>
        value is null || value.All(IsPrintable)
            ? value
            : throw S3Error.Invalid("A header has printable ASCII characters only.");

    private static bool IsPrintable(char c) => c is >= ' ' and < (char)127;

    private static bool Matches(string header, StoredObject found) =>
        header == "*" || header.Split(',', StringSplitOptions.TrimEntries).Contains(Quote(found.ETag));

    // Nothing that a browser could run or render, for the store may share its origin with the web client.
    private static string Harmless(string type)
    {
        var media = type.Split(';')[0].Trim().ToLowerInvariant();
        var isPassive =
            (media.StartsWith("image/", StringComparison.Ordinal) && !media.Contains("svg", StringComparison.Ordinal))
            || media.StartsWith("audio/", StringComparison.Ordinal)
            || media.StartsWith("video/", StringComparison.Ordinal)
            || media is "text/plain" or "application/hcss+binary";
        return isPassive ? type : Bytes;
    }
}
