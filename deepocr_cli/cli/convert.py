"""`deepocr convert`: documents in, results out; what is left to say goes to stderr."""

from deepocr_cli.cli import engine_options, options, shape_options
from deepocr_cli.cli.cache import choose_cache
from deepocr_cli.cli.console import Console, protected_stdout
from deepocr_cli.cli.outputs import choose_format
from deepocr_cli.cli.passwords import read_passwords
from deepocr_cli.errors import ExitCode
from deepocr_cli.settings import Dial, Fallback, Format, Quantization, Settings, Task, Verify
from deepocr_cli.style import Headers, MathStyle, Style, TableStyle


def convert(
    inputs: options.Inputs,
    output: options.Output = None,
    to: options.OutputFormat = None,
    pages: options.PageRanges = None,
    recursive: options.Recursive = False,
    tokens: options.Tokens = None,
    ratio: options.Ratio = None,
    mode: options.ModeName = "auto",
    precision: options.Precision = None,
    task: options.TaskName = Task.DOCUMENT,
    find: options.FindWords = None,
    prompt: options.CustomPrompt = None,
    parse_figures: shape_options.ParseFigures = False,
    model: options.Model = "auto",
    device: options.Device = "auto",
    dtype: options.Dtype = "auto",
    engine: engine_options.Engine = None,
    engine_model: engine_options.EngineModel = None,
    quantize: options.QuantizeWish = Quantization.NONE,
    tables: shape_options.TablesWish = TableStyle.HTML,
    no_join_tables: shape_options.NoJoinTables = False,
    math: shape_options.MathWish = MathStyle.DOLLARS,
    headers: shape_options.HeadersWish = Headers.DROP,
    front_matter: shape_options.FrontMatter = False,
    page_anchors: shape_options.PageAnchors = False,
    figures: options.FiguresFolder = None,
    overlay: shape_options.Overlay = None,
    searchable: shape_options.Searchable = None,
    report: options.ReportFile = None,
    depfile: options.Depfile = None,
    cache: options.CacheFolder = None,
    no_cache: options.NoCache = False,
    verify: options.VerifyWish = Verify.AUTO,
    fallback: options.FallbackWish = Fallback.WITNESS,
    strict: options.Strict = False,
    attempts: options.Attempts = 3,
    deterministic: options.Deterministic = False,
    max_new_tokens: options.MaxNewTokens = 8192,
    dpi: options.Dpi = 144,
    max_pixels: options.MaxPixels = 50_000_000,
    max_pages: options.MaxPages = 10_000,
    page_timeout: options.PageTimeout = 120,
    engine_timeout: engine_options.EngineTimeout = 600,
    batch_pages: options.BatchPages = 4,
    memory: options.Memory = None,
    jobs: options.Jobs = 1,
    force: options.Force = False,
    if_changed: options.IfChanged = False,
    skip_existing: options.SkipExisting = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
    progress: options.Progress = options.ProgressWish.AUTO,
    offline: engine_options.Offline = False,
    password_file: options.PasswordFile = None,
) -> ExitCode:
    """Convert PDFs and images to markdown, HTML, JSON or text."""
    from deepocr_cli.cli.results import Places
    from deepocr_cli.cli.run import Job, run_job

    settings = Settings(
        dial=Dial(tokens, ratio, None if mode == "auto" else mode, precision),
        pages=pages,
        task=task,
        find=find,
        prompt=prompt,
        model=model,
        device=device,
        dtype=dtype,
        engine=engine,
        engine_model=engine_model,
        engine_timeout=engine_timeout,
        offline=offline,
        quantize=quantize,
        verify=verify,
        fallback=fallback,
        strict=strict,
        attempts=attempts,
        parses_figures=parse_figures,
        cuts_figures=figures is not None or choose_format(to, output) is Format.HTML,
        dpi=dpi,
        max_pixels=max_pixels,
        max_new_tokens=max_new_tokens,
        batch_pages=batch_pages,
        memory=memory,
        deterministic=deterministic,
        max_pages=max_pages,
        page_timeout=page_timeout,
        passwords=read_passwords(password_file),
    )
    style = Style(tables, math, headers, front_matter, page_anchors, not no_join_tables)
    places = Places(output, figures, report, depfile, force, if_changed, skip_existing, style, overlay, searchable)
    job = Job(settings, inputs, to, places, choose_cache(cache, is_off=no_cache), jobs, recursive)
    with protected_stdout() as stdout:
        return run_job(job, Console(quiet, verbose, progress), stdout)
