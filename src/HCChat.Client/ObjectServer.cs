using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace HCChat.Client;

/// <summary>Where an object can be got.</summary>
internal sealed record ObjectPlace(Uri Address, long? Bytes);

/// <summary>
/// What a server is asked about the objects of a room (spec/protocol.md, Attachments), and the store behind it. Addresses are good for minutes, and asked for anew when they have run out.
/// </summary>
internal sealed class ObjectServer : IDisposable
{
    private const int Slice = 65_536; // bytes of a body between two words of how far it is

    private const string AppFolder = "/rooms/";

    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false })
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };
    private readonly Uri _page;
    private readonly TimeProvider _time;
    private readonly RoomApi _api;

    /// <param name="ask">Asks for a capability, by the connection.</param>
    public ObjectServer(ChatOptions options, Func<CancellationToken, Task<Capability>> ask) =>
        (_page, _time, _api) = (
            AccountServer.PageOf(options.Server),
            options.Time,
            new RoomApi(options, ask, refusal => new FileRefusedException(refusal))
        );

    /// <summary>Announces an object.</summary>
    public Task<JsonObject> PresignAsync(JsonObject announced, CancellationToken stop) =>
        AskAsync(HttpMethod.Post, "presign", announced, stop);

    /// <summary>What is missing of an object, and where it is to be put.</summary>
    public Task<JsonObject> PartsAsync(UploadState begun, int from, CancellationToken stop) =>
        AskAsync(HttpMethod.Post, $"{begun.Id}/parts", Claimed(begun, new JsonObject { ["from"] = from }), stop);

    /// <summary>The object is there.</summary>
    public Task<JsonObject> CompleteAsync(UploadState begun, CancellationToken stop) =>
        AskAsync(HttpMethod.Post, $"{begun.Id}/complete", Claimed(begun, []), stop);

    /// <summary>Where a file can be got for some minutes.</summary>
    /// <exception cref="FileRefusedException"><c>not_found</c>: it is not there, or not ours to have; <c>elsewhere</c>: it lies on a host that we do not ask.</exception>
    public async Task<ObjectPlace> PlaceAsync(SharedFile file, CancellationToken stop)
    {
        if (file.Address is { } told)
        {
            // Whoever names an address learns who asks there: nobody but the server that we talk to anyway.
            return told.GetLeftPart(UriPartial.Authority) == _page.GetLeftPart(UriPartial.Authority)
                ? new ObjectPlace(told, null)
                : await PlaceOfAppAsync(told, stop).ConfigureAwait(false);
        }
        if (file.Id.Length is 0 or > 64 || !file.Id.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'))
        {
            throw new FileRefusedException(Refusal.NoSuchFile);
        }
        return await PlaceAsync(file.Id, stop).ConfigureAwait(false);
    }

    // The store may have a host of its own: our server says where it is, if that is one of this room's objects.
    private async Task<ObjectPlace> PlaceOfAppAsync(Uri told, CancellationToken stop)
    {
        var at = told.AbsolutePath.IndexOf(AppFolder, StringComparison.Ordinal);
        try
        {
            return at >= 0 && !told.AbsolutePath.Contains("%00", StringComparison.Ordinal)
                ? await PlaceAsync(Uri.EscapeDataString(Uri.UnescapeDataString(told.AbsolutePath[(at + 1)..])), stop)
                    .ConfigureAwait(false)
                : throw new FileRefusedException(Refusal.FileElsewhere);
        }
        catch (FileRefusedException e) when (e.Code == "not_found")
        {
            throw new FileRefusedException(Refusal.FileElsewhere);
        }
    }

    private async Task<ObjectPlace> PlaceAsync(string escaped, CancellationToken stop)
    {
        var answer = await AskAsync(HttpMethod.Get, escaped, null, stop).ConfigureAwait(false);
        return Uri.TryCreate((string?)answer["getUrl"], UriKind.Absolute, out var address)
            ? new ObjectPlace(address, (long?)answer["bytes"])
            : throw new ConnectFailedException(_page, new JsonException("no address"));
    }

    /// <summary>Puts bytes to an address of the store.</summary>
    /// <param name="sha256">The hash that was announced, in Base64.</param>
    /// <param name="told">Is told how many more have gone.</param>
    /// <exception cref="ConnectFailedException">They have not arrived, and may the next time, at an address of now.</exception>
    /// <exception cref="FileRefusedException">They will not be taken.</exception>
    public async Task PutAsync(
        string address,
        ReadOnlyMemory<byte> bytes,
        string? sha256,
        Action<int> told,
        CancellationToken stop
    )
    {
        using var stall = new Stall(_time, stop);
        using var request = new HttpRequestMessage(HttpMethod.Put, new Uri(address));
        request.Content = new ToldContent(
            bytes,
            count =>
            {
                stall.Moved();
                told(count);
            }
        );
        if (sha256 is not null)
        {
            request.Headers.Add("x-amz-checksum-sha256", sha256);
        }
        using var response = await SendAsync(request, stall).ConfigureAwait(false);
        Check(response);
    }

    // Whoever we were when it was announced: with the claim it is ours.
    private static JsonObject Claimed(UploadState begun, JsonObject asked)
    {
        if (begun.Claim is { } claim)
        {
            asked["claim"] = claim;
        }
        return asked;
    }

    /// <summary>Begins to get an object from some byte on.</summary>
    /// <exception cref="ConnectFailedException">It does not come, and may the next time, from an address of now.</exception>
    /// <exception cref="FileRefusedException"><c>gone</c>: the store does not have it, or not whole.</exception>
    public async Task<HttpResponseMessage> GetAsync(Uri address, long from, Stall stall)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        request.Headers.Range = from > 0 ? new RangeHeaderValue(from, null) : null;
        var response = await SendAsync(request, stall).ConfigureAwait(false);
        try
        {
            if (response.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.Gone)
            {
                throw new FileRefusedException(Refusal.FileGone); // S3's NoSuchKey: no other address will do
            }
            Check(response);
            return response;
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _http.Dispose();
        _api.Dispose();
    }

    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, Stall stall)
    {
        try
        {
            return await _http
                .SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stall.Token)
                .ConfigureAwait(false);
        }
        catch (Exception e) when (stall.IsCauseOf(e))
        {
            throw Unreachable(request.RequestUri!, e);
        }
    }

    // An address that has run out, a store that is busy: the same may go well with another address.
    private static void Check(HttpResponseMessage response)
    {
        var status = (int)response.StatusCode;
        if (!response.IsSuccessStatusCode)
        {
            throw status == (int)HttpStatusCode.InsufficientStorage ? new FileRefusedException(Refusal.StoreFull)
            : status is 403 or 404 or 408 or 429 or >= 500
                ? Unreachable(
                    response.RequestMessage!.RequestUri!,
                    new HttpRequestException($"the store answered {status}", null, response.StatusCode)
                )
            : new FileRefusedException(Refusal.ByStore(status));
        }
    }

    /// <summary>Names the host alone: the rest of an address of the store opens the object.</summary>
    public static ConnectFailedException Unreachable(Uri address, Exception cause) =>
        new(new Uri(address.GetLeftPart(UriPartial.Authority)), cause);

    private Task<JsonObject> AskAsync(HttpMethod method, string path, JsonObject? body, CancellationToken stop) =>
        _api.AskAsync(method, "attachments/" + path, body, stop);

    /// <summary>Bytes that tell how far they are.</summary>
    private sealed class ToldContent(ReadOnlyMemory<byte> bytes, Action<int> told) : HttpContent
    {
        protected override async Task SerializeToStreamAsync(
            Stream stream,
            TransportContext? context,
            CancellationToken cancellationToken
        )
        {
            for (var at = 0; at < bytes.Length; at += Slice)
            {
                var slice = bytes.Slice(at, Math.Min(Slice, bytes.Length - at));
                await stream.WriteAsync(slice, cancellationToken).ConfigureAwait(false);
                told(slice.Length);
            }
        }

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
            SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override bool TryComputeLength(out long length)
        {
            length = bytes.Length;
            return true;
        }
    }
}
