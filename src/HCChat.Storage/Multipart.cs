using System.Globalization;
using System.Xml.Linq;
using static HCChat.Storage.S3Endpoint;

namespace HCChat.Storage;

/// <summary>Uploads in parts: begin, put a part, list, complete, abort.</summary>
internal sealed class Multipart(DiskStore store, string bucket)
{
    private const int MaxParts = 10_000;
    private const long MinPart = 5L << 20;
    private const int MaxPage = 1_000;

    public Task BeginAsync(HttpContext context, RequestTarget target)
    {
        target.CheckListable();
        var upload = store.Begin(target.Key, Objects.TypeOf(context.Request));
        return WriteAsync(
            context,
            Element(
                "InitiateMultipartUploadResult",
                Element("Bucket", bucket),
                Element("Key", upload.Key),
                Element("UploadId", upload.Id)
            )
        );
    }

    public async Task PutPartAsync(HttpContext context, RequestTarget target, Signature signature)
    {
        var upload = Find(target);
        var number = Number(target["partNumber"], 0);
        if (number is < 1 or > MaxParts)
        {
            throw S3Error.Invalid("partNumber is from 1 to 10000.");
        }
        using var payload = Payload.Of(context.Request, target, signature);
        var part = await store.PutPartAsync(upload, number, payload, context.RequestAborted);
        context.Response.Headers.ETag = Objects.Quote(part.ETag);
    }

    public async Task CompleteAsync(HttpContext context, RequestTarget target, Signature signature)
    {
        var upload = Find(target);
        var wanted = Wanted(await XmlBody.ReadAsync(context, target, signature));
        var there = store.Parts(upload.Id, 0, MaxParts).ToDictionary(p => p.Number);
        var parts = new List<Part>();
        foreach (var (number, etag) in wanted)
        {
            if (parts.Count > 0 && number <= parts[^1].Number)
            {
                throw S3Error.PartOrder();
            }
            if (!there.TryGetValue(number, out var part) || part.ETag != etag)
            {
                throw S3Error.BadPart($"Part {number} is not there, or is another than was said.");
            }
            parts.Add(part);
        }
        if (parts.SkipLast(1).Any(p => p.File.Size < MinPart))
        {
            throw S3Error.PartTooSmall();
        }
        var made = store.Complete(upload, parts, Conditions.OnlyNew(context.Request));
        await WriteAsync(
            context,
            Element(
                "CompleteMultipartUploadResult",
                Element("Location", $"/{bucket}/{RequestTarget.Encode(made.Key, keepSlash: true)}"),
                Element("Bucket", bucket),
                Element("Key", made.Key),
                Element("ETag", Objects.Quote(made.ETag))
            )
        );
    }

    public Task AbortAsync(HttpContext context, RequestTarget target)
    {
        store.Abort(Find(target));
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }

    public Task ListPartsAsync(HttpContext context, RequestTarget target)
    {
        var upload = Find(target);
        var limit = Math.Clamp(Number(target["max-parts"], MaxPage), 1, MaxPage);
        var after = Number(target["part-number-marker"], 0);
        var parts = store.Parts(upload.Id, after, limit + 1);
        Find(target); // an upload that has ended meanwhile has none, and is none
        var page = parts.Take(limit).ToList();
        return WriteAsync(
            context,
            Element(
                "ListPartsResult",
                Element("Bucket", bucket),
                Element("Key", upload.Key),
                Element("UploadId", upload.Id),
                Element("PartNumberMarker", after),
                Element("NextPartNumberMarker", page.LastOrDefault()?.Number ?? 0),
                Element("MaxParts", limit),
                Element("IsTruncated", parts.Count > limit),
                page.Select(p =>
                    Element(
                        "Part",
                        Element("PartNumber", p.Number),
                        Element("LastModified", Bucket.Time(p.Modified)),
                        Element("ETag", Objects.Quote(p.ETag)),
                        Element("Size", p.File.Size)
                    )
                )
            )
        );
    }

    public Task ListUploadsAsync(HttpContext context, RequestTarget target)
    {
        var limit = Math.Clamp(Number(target["max-uploads"], MaxPage), 1, MaxPage);
        var uploads = store.ListUploads(
            target["prefix"] ?? "",
            target["key-marker"] ?? "",
            target["upload-id-marker"] ?? "",
            limit + 1
        );
        var page = uploads.Take(limit).ToList();
        return WriteAsync(
            context,
            Element(
                "ListMultipartUploadsResult",
                Element("Bucket", bucket),
                Element("Prefix", target["prefix"] ?? ""),
                Element("KeyMarker", target["key-marker"] ?? ""),
                Element("UploadIdMarker", target["upload-id-marker"] ?? ""),
                Element("NextKeyMarker", page.LastOrDefault()?.Key ?? ""),
                Element("NextUploadIdMarker", page.LastOrDefault()?.Id ?? ""),
                Element("MaxUploads", limit),
                Element("IsTruncated", uploads.Count > limit),
                page.Select(u =>
                    Element(
                        "Upload",
                        Element("Key", u.Key),
                        Element("UploadId", u.Id),
                        Element("Initiated", Bucket.Time(u.Begun))
                    )
                )
            )
        );
    }

    private Upload Find(RequestTarget target) => store.FindUpload(target["uploadId"] ?? "", target.Key);

    private static List<(int Number, string ETag)> Wanted(XElement body)
    {
        var parts = body.Elements().Where(e => e.Name.LocalName == "Part").ToList();
        if (body.Name.LocalName != "CompleteMultipartUpload" || parts.Count is 0 or > MaxParts)
        {
            throw S3Error.BadXml();
        }
        return parts.ConvertAll(p =>
        {
            string Value(string name) =>
                p.Elements().FirstOrDefault(e => e.Name.LocalName == name)?.Value.Trim() ?? throw S3Error.BadXml();
            return (Number(Value("PartNumber"), 0), Value("ETag").Trim('"'));
        });
    }

    private static int Number(string? text, int otherwise) =>
        text is null ? otherwise
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
        : throw S3Error.Invalid("A number is expected here.");
}
