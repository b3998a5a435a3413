// HCChat.RtcHost --port 0 --media 0 [--udp false] [--tcp false] [--advertise 127.0.0.2] [--encrypted true]: says in one line where it is, and serves calls until it is told to stop.
using System.Net;
using HCChat.Rtc;

var builder = WebApplication.CreateSlimBuilder(args);
var port = builder.Configuration.GetValue("port", 0);
var media = builder.Configuration.GetValue("media", 0);
builder.Logging.ClearProviders().AddConsole(o => o.LogToStandardErrorThreshold = LogLevel.Trace);
builder.Logging.AddFilter("Microsoft", LogLevel.Warning);
builder.WebHost.ConfigureKestrel(k => k.Listen(IPAddress.Loopback, port));
var app = builder.Build();
var isOut = new HashSet<string>();
await using var rtc = new RtcServer(
    new RtcOptions
    {
        ApiKey = "test",
        ApiSecret = "a secret of tests, thirty-two characters long",
        Listen = IPAddress.Loopback,
        UdpPort = builder.Configuration.GetValue("udp", true) ? media : -1,
        TcpPort = builder.Configuration.GetValue("tcp", true) ? media : -1,
        Advertise = builder.Configuration["advertise"] is { } advertised ? [IPAddress.Parse(advertised)] : [],
        RequireEncryption = builder.Configuration.GetValue("encrypted", false),
    },
    TimeProvider.System,
    app.Services.GetRequiredService<ILogger<RtcServer>>()
);
rtc.Admit = grant => !isOut.Contains(grant.Identity);
rtc.Start();
rtc.Map(app);
app.MapGet("/", () => "");
app.MapGet("/people/{room}", (string room) => rtc.ListParticipants(room));
app.MapGet(
    "/figures",
    () =>
    {
        // First all that is nobody's any more.
        var heap = GC.GetTotalMemory(forceFullCollection: true);
        using var self = System.Diagnostics.Process.GetCurrentProcess();
        return new
        {
            heap,
            resident = self.WorkingSet64,
            threads = self.Threads.Count,
            cpu = Environment.CpuUsage.TotalTime.TotalMicroseconds,
        };
    }
);
app.MapPost("/mute/{room}/{track}", (string room, string track) => rtc.Mute(room, track, muted: true));
app.MapPost(
    "/remove/{room}/{identity}",
    (string room, string identity) =>
    {
        isOut.Add(identity);
        return rtc.Remove(room, identity);
    }
);
app.Lifetime.ApplicationStarted.Register(() => Console.WriteLine(app.Urls.Single()));
app.Lifetime.ApplicationStopping.Register(() => rtc.DisposeAsync().AsTask().Wait());
await app.RunAsync();
