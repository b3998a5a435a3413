using System.Net;
using Amazon.Runtime;
using Amazon.S3;
using HCChat.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace HCChat.Tests.Storage;

/// <summary>The store alone, on a free port of 127.0.0.1 and a folder of its own.</summary>
public sealed class RunningStore : IAsyncDisposable
{
    public const string Bucket = "hc-attachments";
    private const string Region = "us-east-1";

    private readonly WebApplication _app;

    private RunningStore(string folder, WebApplication app, DiskStore store)
    {
        (Folder, _app, Store) = (folder, app, store);
        Url = new Uri(app.Urls.First());
        Http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = Url };
    }

    public static StorageKey Key { get; } = new("hcchat", "a secret of the tests");

    public string Folder { get; }
    public DiskStore Store { get; }
    public Uri Url { get; }
    public HttpClient Http { get; }
    public FakeTimeProvider Time { get; private init; } = new(DateTimeOffset.UnixEpoch);

    /// <summary>How many files lie in the folder, whatever the index says.</summary>
    public int Files => Directory.GetFiles(Path.Combine(Folder, "files"), "*", SearchOption.AllDirectories).Length;

    public static async Task<RunningStore> StartAsync(string? folder = null, DateTimeOffset? now = null)
    {
        folder ??= Directory.CreateTempSubdirectory("hcchat-store-").FullName;
        var time = new FakeTimeProvider(now ?? TimeProvider.System.GetUtcNow());
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore();
        builder.WebHost.ConfigureKestrel(k => k.Listen(IPAddress.Loopback, 0));
        builder.Services.AddRoutingCore();
        var app = builder.Build();
        var store = DiskStore.Open(folder, time);
        new S3Endpoint(store, Bucket, Key, time, NullLogger<S3Endpoint>.Instance).Map(app);
        await app.StartAsync();
        return new RunningStore(folder, app, store) { Time = time };
    }

    /// <summary>The official SDK, set up as the server sets it up.</summary>
    public AmazonS3Client Sdk(RequestChecksumCalculation checksums = RequestChecksumCalculation.WHEN_REQUIRED) =>
        new(
            new BasicAWSCredentials(Key.AccessKey, Key.Secret),
            new AmazonS3Config
            {
                ServiceURL = Url.ToString(),
                ForcePathStyle = true,
                AuthenticationRegion = Region,
                RequestChecksumCalculation = checksums,
                MaxErrorRetry = 0,
            }
        );

    /// <summary>A presigned address, good for ten minutes.</summary>
    public string Presign(string method, string key, SortedDictionary<string, string>? headers = null)
    {
        var signed = new SortedDictionary<string, string>(headers ?? [], StringComparer.Ordinal)
        {
            ["host"] = Url.Authority,
        };
        var path = $"/{Bucket}/{string.Join('/', key.Split('/').Select(Signer.Encode))}";
        var query = new Signer(Key, Time.GetUtcNow()).Query(method, path, signed);
        return $"{path}?{string.Join('&', query.Select(p => $"{p.Name}={Signer.Encode(p.Value)}"))}";
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.DisposeAsync();
        Store.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    /// <summary>Ends it and gives its folder to the next.</summary>
    public async Task<string> StopAsync()
    {
        Http.Dispose();
        await _app.DisposeAsync();
        Store.Dispose();
        return Folder;
    }
}
