using System.Text;
using System.Xml.Linq;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace HCChat.Storage;

/// <summary>
/// The verbs of S3 that HCChat's server and clients use, in path style, over a <see cref="DiskStore"/>: objects (PUT, GET with ranges, HEAD, DELETE), uploads in parts,
/// lists, and removal of many. Every request is signed; whatever is not understood is refused and never passed over.
/// </summary>
public sealed partial class S3Endpoint
{
    private const string Namespace = "http://s3.amazonaws.com/doc/2006-03-01/";
    private static readonly XNamespace s_names = Namespace;

    private static readonly string[] s_listing =
    [
        "list-type",
        "prefix",
        "delimiter",
        "max-keys",
        "continuation-token",
        "start-after",
        "marker",
        "encoding-type",
        "fetch-owner",
    ];

    private readonly string _bucket;
    private readonly StorageKey _key;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly Objects _objects;
    private readonly Multipart _multipart;
    private readonly Bucket _listing;

    /// <summary>An endpoint with one bucket.</summary>
    /// <param name="store">Where its objects lie.</param>
    /// <param name="bucket">Its name.</param>
    /// <param name="key">What requests are signed with.</param>
    public S3Endpoint(DiskStore store, string bucket, StorageKey key, TimeProvider time, ILogger<S3Endpoint> log)
    {
        (_bucket, _key, _time, _log) = (bucket, key, time, log);
        (_objects, _multipart, _listing) = (
            new Objects(store),
            new Multipart(store, bucket),
            new Bucket(store, bucket)
        );
    }

    /// <summary>
    /// Whether an object is awaited at a key: whoever was given an address puts nothing there when it is not, or is not any more by the time that all has come. Null for whatever was signed.
    /// Whoever signs a header has the store's own key, and is not asked about.
    /// </summary>
    /// <exception cref="TimeoutException">It cannot be known now.</exception>
    public Func<string, Task<bool>>? IsAwaited { get; init; }

    private const int InputOutput = 5; // EIO

    /// <summary>Serves <c>/bucket</c> and everything below it.</summary>
    public IEndpointConventionBuilder Map(IEndpointRouteBuilder app) =>
        app.MapMethods($"/{_bucket}/{{**key}}", ["GET", "HEAD", "PUT", "POST", "DELETE"], HandleAsync);

    private async Task HandleAsync(HttpContext context)
    {
        var (request, response) = (context.Request, context.Response);
        response.Headers.CacheControl = "no-store";
        // What people have sent is shown to nobody as a page of this server.
        response.Headers.ContentSecurityPolicy = "default-src 'none'; frame-ancestors 'none'; sandbox";
        using var late = new CancellationTokenSource(Payload.Patience, _time);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, late.Token);
        var gone = context.RequestAborted;
        if (request.Method == "PUT")
        {
            context.RequestAborted = ended.Token;
        }
        try
        {
            if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } body)
            {
                body.MaxRequestBodySize = Payload.MaxLength * 2; // chunks have lines around them
            }
            var target = RequestTarget.Parse(context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget);
            var signature = Signature.Check(request, target, _key, _time.GetUtcNow());
            if (target.Bucket != _bucket)
            {
                throw S3Error.NoBucket();
            }
            if (request.Headers.ContainsKey("x-amz-copy-source") || target["x-amz-copy-source"] is not null)
            {
                throw S3Error.NotBuilt("Objects are not copied here.");
            }
            Conditions.CheckUnderstood(request, target);
            await Verb(context, target, signature);
        }
        catch (S3Error error)
        {
            await RefuseAsync(context, error);
        }
        catch (TimeoutException)
        {
            await RefuseAsync(context, S3Error.NotNow());
        }
        catch (BadHttpRequestException e)
        {
            await RefuseAsync(context, new S3Error(e.StatusCode, "IncompleteBody", "The body did not arrive whole."));
        }
        catch (ConnectionResetException) { } // nobody is there any more
        catch (OperationCanceledException) when (gone.IsCancellationRequested) { }
        catch (OperationCanceledException) when (late.IsCancellationRequested)
        {
            context.RequestAborted = gone;
            await RefuseAsync(context, S3Error.TooSlow());
        }
        catch (Exception e)
            when (e is IOException or UnauthorizedAccessException or Microsoft.Data.Sqlite.SqliteException)
        {
            if (!context.RequestAborted.IsCancellationRequested)
            {
                LogFailure(e);
                await RefuseAsync(
                    context,
                    IsLost(request, e)
                        ? S3Error.NoKey()
                        : new S3Error(500, "InternalError", "The store has failed; try again.")
                );
            }
        }
    }

    // What is lost, or lies where the disk cannot be read, is said to be so, and is not asked for again and again.
    private static bool IsLost(HttpRequest request, Exception e) =>
        request.Method is "GET" or "HEAD"
        && (
            e is FileNotFoundException or EndOfStreamException or UnauthorizedAccessException
            || (e is IOException && (e.HResult & 0xFFFF) == InputOutput)
        );

    private Task Verb(HttpContext context, RequestTarget target, Signature signature) =>
        (context.Request.Method, target.Key.Length == 0) switch
        {
            ("GET", true) when target["uploads"] is not null => Only(
                target,
                ["uploads", "prefix", "key-marker", "upload-id-marker", "max-uploads", "encoding-type"],
                () => _multipart.ListUploadsAsync(context, target)
            ),
            ("GET", true) when target["location"] is not null => Only(
                target,
                ["location"],
                () => WriteAsync(context, Element("LocationConstraint"))
            ),
            ("GET", true) => Only(target, s_listing, () => _listing.ListAsync(context, target)),
            ("HEAD" or "PUT", true) => Only(target, [], () => Task.CompletedTask),
            ("POST", true) => Only(target, ["delete"], () => _listing.DeleteAsync(context, target, signature)),
            ("POST", false) when target["uploads"] is not null => Only(
                target,
                ["uploads"],
                () => _multipart.BeginAsync(context, target)
            ),
            ("POST", false) => Only(target, ["uploadId"], () => _multipart.CompleteAsync(context, target, signature)),
            ("PUT", false) when target["uploadId"] is not null => Only(
                target,
                ["uploadId", "partNumber"],
                () => _multipart.PutPartAsync(context, target, signature)
            ),
            ("PUT", false) => Only(target, [], () => PutAsync(context, target, signature)),
            ("GET", false) when target["uploadId"] is not null => Only(
                target,
                ["uploadId", "max-parts", "part-number-marker"],
                () => _multipart.ListPartsAsync(context, target)
            ),
            ("GET" or "HEAD", false) => Only(target, Objects.Overrides, () => _objects.GetAsync(context, target)),
            ("DELETE", false) when target["uploadId"] is not null => Only(
                target,
                ["uploadId"],
                () => _multipart.AbortAsync(context, target)
            ),
            ("DELETE", false) => Only(target, [], () => _objects.DeleteAsync(context, target)),
            _ => throw S3Error.BadMethod(),
        };

    private async Task PutAsync(HttpContext context, RequestTarget target, Signature signature)
    {
        async Task CheckAwaitedAsync()
        {
            if (signature.IsInAddress && IsAwaited is { } isAwaited && !await isAwaited(target.Key))
            {
                throw S3Error.AccessDenied("No object is awaited there, or not any more.");
            }
        }
        await CheckAwaitedAsync();
        await _objects.PutAsync(context, target, signature, CheckAwaitedAsync);
    }

    // What is not understood (?acl, ?versionId …) asks for something else than what would be done.
    private static Task Only(RequestTarget target, string[] known, Func<Task> act)
    {
        var unknown = target.Query.Keys.FirstOrDefault(name =>
            name != "x-id" && !name.StartsWith("x-amz-", StringComparison.OrdinalIgnoreCase) && !known.Contains(name)
        );
        return unknown is null ? act() : throw S3Error.NotBuilt($"'{unknown}' is not understood here.");
    }

    /// <summary>Answers with XML.</summary>
    internal static Task WriteAsync(HttpContext context, XElement answer)
    {
        var document = new XDocument(new XDeclaration("1.0", "UTF-8", null), answer);
        string text;
        try
        {
            text = document.Declaration + document.ToString(SaveOptions.DisableFormatting);
        }
        catch (ArgumentException)
        {
            throw S3Error.Invalid("XML has no way to say the answer; with encoding-type=url it has.");
        }
        context.Response.ContentType = "application/xml";
        return context.Response.WriteAsync(text, Encoding.UTF8, context.RequestAborted);
    }

    /// <summary>An element in S3's namespace.</summary>
    internal static XElement Element(string name, params object[] content) => new(s_names + name, content);

    private static async Task RefuseAsync(HttpContext context, S3Error error)
    {
        var response = context.Response;
        if (response.HasStarted)
        {
            context.Abort(); // the receiver must not take half of it for the whole
            return;
        }
        response.StatusCode = error.Status;
        response.Headers.ContentLength = null;
        response.Headers.ContentRange = error.ContentRange;
        response.Headers.ETag = default;
        // The body that was not read would be taken for the next request.
        if (context.Request.ContentLength > 0)
        {
            response.Headers.Connection = "close";
        }
        if (context.Request.Method != "HEAD")
        {
            await WriteAsync(
                context,
                new XElement("Error", new XElement("Code", error.Code), new XElement("Message", error.Message))
            );
        }
    }

    [LoggerMessage(6000, LogLevel.Error, "The object store has failed.")]
    private partial void LogFailure(Exception e);
}
