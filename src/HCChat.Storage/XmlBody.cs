using System.Xml;
using System.Xml.Linq;

namespace HCChat.Storage;

/// <summary>The XML that some requests bring.</summary>
internal static class XmlBody
{
    private const int MaxLength = 2 << 20;

    /// <summary>No request of S3's is deeper; of what is, making a tree would take the time of its square.</summary>
    private const int MaxDepth = 8;

    /// <summary>Reads it.</summary>
    /// <exception cref="S3Error">It is too long, not what was signed, or no XML.</exception>
    public static async Task<XElement> ReadAsync(HttpContext context, RequestTarget target, Signature signature)
    {
        using var payload = Payload.Of(context.Request, target, signature);
        if (payload.Length > MaxLength)
        {
            throw S3Error.BadXml();
        }
        using var body = new MemoryStream();
        await payload.CopyToAsync(
            data =>
            {
                body.Write(data.Span);
                return ValueTask.CompletedTask;
            },
            context.RequestAborted
        );
        body.Position = 0;
        try
        {
            // No DTD: nothing is fetched, nothing expands.
            var settings = new XmlReaderSettings
            {
                DtdProcessing = DtdProcessing.Prohibit,
                XmlResolver = null,
                MaxCharactersInDocument = MaxLength,
            };
            using (var depth = XmlReader.Create(body, settings))
            {
                while (depth.Read())
                {
                    if (depth.Depth > MaxDepth)
                    {
                        throw S3Error.BadXml();
                    }
                }
            }
            body.Position = 0;
            using var reader = XmlReader.Create(body, settings);
            return XDocument.Load(reader).Root ?? throw S3Error.BadXml();
        }
        catch (XmlException)
        {
            throw S3Error.BadXml();
        }
    }
}
