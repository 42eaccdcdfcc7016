//! What can go wrong with a driver and a card goes wrong in the double, and comes out as a value that says what to do. One test: the
//! double asks the environment, which belongs to the process.

#[path = "../../kernels/tests/case/mod.rs"]
#[expect(dead_code, reason = "bits are held elsewhere")]
mod case;
mod support;

use std::sync::Arc;

use case::Case;
use support::{device, library};
use xmrl_cuda::{Buffer, CudaError, CudaFlights, DRIVER_VARIABLE, Device, Driver, Survey};
use xmrl_rollout::collect_by;

/// Doubles the numbers `[W]` at the first address into the second.
const DOUBLES: &str = ".version 7.0\n.target sm_70\n.address_size 64\n\
    .visible .entry doubles(.param .align 8 .b8 all[24])\n{\n.reg .pred %p<2>;\n.reg .b32 %r<6>;\n.reg .b64 %d<9>;\n\
    ld.param.u64 %d1, [all];\nld.param.u64 %d2, [all+8];\nld.param.u32 %r1, [all+16];\n\
    mov.u32 %r2, %ctaid.x;\nmov.u32 %r3, %ntid.x;\nmov.u32 %r4, %tid.x;\nmad.lo.s32 %r5, %r2, %r3, %r4;\n\
    setp.ge.u32 %p1, %r5, %r1;\n@%p1 bra $end;\nmul.wide.u32 %d3, %r5, 8;\nadd.s64 %d4, %d1, %d3;\nadd.s64 %d5, %d2, %d3;\n\
    ld.global.f64 %d6, [%d4];\nadd.rn.f64 %d7, %d6, %d6;\nst.global.f64 [%d5], %d7;\n$end:\nret;\n}\n";

fn set(name: &str, value: &str) {
    // SAFETY: the one test of this process, and the double reads the environment only inside its calls.
    unsafe { std::env::set_var(name, value) };
}

fn doubled(device: &Arc<Device>, numbers: &[f64], room: usize) -> Result<Vec<f64>, CudaError> {
    let module = device.module(DOUBLES)?;
    let kernel = module.kernel("doubles")?;
    let (from, to) = (Buffer::of(device, numbers)?, Buffer::room(device, 8 * room)?);
    let mut parameters = Vec::new();
    parameters.extend(from.address().to_le_bytes());
    parameters.extend(to.address().to_le_bytes());
    parameters.extend((numbers.len() as u64).to_le_bytes());
    // SAFETY: two arrays of as many numbers as the third parameter says; where the room is less, the double finds out.
    unsafe { kernel.launch(2, 4, &parameters) }?;
    let mut found = vec![0.0; room];
    to.read(&mut found).map(|()| found)
}

/// The least memory in which so many episodes of a task fly, bytes.
fn least(device: &Arc<Device>, episodes: usize, most_bytes: u64) -> u64 {
    let flights = CudaFlights::on(Arc::clone(device)).with_most_bytes(most_bytes);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    let case = Case { preset: "drone-planar", ..Case::of(&[5], episodes, 2) };
    let fly = |bytes: u64| {
        set("XMRL_EMULATED_MEMORY", &bytes.to_string());
        case.ask(|request| collect_by::<f64>(Some(&flights), request, &pool).is_ok())
    };
    let (mut short, mut enough) = (0, 1 << 20);
    assert!(fly(enough));
    while enough - short > 1 {
        let middle = short.midpoint(enough);
        *if fly(middle) { &mut enough } else { &mut short } = middle;
    }
    enough
}

#[test]
fn every_failure_is_a_value_that_says_what_to_do() {
    let error = Driver::open_file("libcuda-that-is-not-there.so.1").unwrap_err().to_string();
    assert!(
        error.contains("no NVIDIA driver: libcuda-that-is-not-there.so.1") && error.contains(DRIVER_VARIABLE),
        "{error}"
    );
    let error = Driver::open_file("libc.so.6").unwrap_err();
    assert!(matches!(error, CudaError::Missing { ref function, .. } if function == "cuInit"), "{error}");

    set(DRIVER_VARIABLE, &library());
    set("XMRL_EMULATED_FAULT", "no-device");
    let error = Driver::open().unwrap_err().to_string();
    assert!(error.contains("CUDA_ERROR_NO_DEVICE") && error.contains("nvidia-smi"), "{error}");
    set("XMRL_EMULATED_FAULT", "mismatch");
    assert!(
        matches!(Driver::open(), Err(CudaError::Mismatch { name, .. }) if name == "CUDA_ERROR_SYSTEM_DRIVER_MISMATCH")
    );
    set("XMRL_EMULATED_FAULT", "old-card");
    let error = Device::first(Driver::open().unwrap()).unwrap_err().to_string();
    assert!(error.contains("compute capability 6.1") && error.contains("7.0"), "{error}");

    set("XMRL_EMULATED_FAULT", "");
    let driver = Driver::open().unwrap();
    assert_eq!((driver.file(), driver.cuda_version().as_str()), (library().as_str(), "12.4"));
    let device = device();
    assert_eq!(device.capability(), "9.0");
    let all = device.memory().unwrap();
    assert_eq!(all, (1 << 30, 1 << 30));
    let found = Survey::of_this_machine();
    assert_eq!((found.problem, found.library, found.cuda, found.devices), (None, library(), 12040, 1));
    assert_eq!((found.device.as_str(), found.free, found.memory), (device.name(), all.0, all.1));

    // Five numbers by eight threads in two blocks; nothing stays allocated.
    assert_eq!(doubled(&device, &[1.0, 2.5, -3.0, 0.0, 1e300], 5).unwrap(), [2.0, 5.0, -6.0, 0.0, 2e300]);
    assert_eq!(device.memory().unwrap(), all);

    set("XMRL_EMULATED_FAULT", "old-driver");
    let error = device.module(DOUBLES).unwrap_err().to_string();
    assert!(error.contains("CUDA 10.2") && error.contains("CUDA_ERROR_UNSUPPORTED_PTX_VERSION"), "{error}");
    set("XMRL_EMULATED_FAULT", "");
    let error = device.module(&DOUBLES.replace("add.rn.f64", "add.weird.f64")).unwrap_err().to_string();
    assert!(error.contains("CUDA_ERROR_INVALID_PTX") && error.contains("add.weird.f64"), "{error}");
    let error = device.module(DOUBLES).unwrap().kernel("triples").unwrap_err().to_string();
    assert!(error.contains("cuModuleGetFunction") && error.contains("CUDA_ERROR_NOT_FOUND"), "{error}");

    set("XMRL_EMULATED_MEMORY", "4096");
    let error = Buffer::room(&device, 5000).unwrap_err();
    assert!(matches!(error, CudaError::OutOfMemory { bytes: 5000, .. }), "{error}");
    let held = Buffer::room(&device, 4000).unwrap();
    assert!(Buffer::room(&device, 100).is_err());
    drop(held);
    assert!(Buffer::room(&device, 100).is_ok());
    let small = Buffer::room(&device, 8).unwrap();
    assert_eq!(small.write(&[1.0, 2.0]).unwrap_err(), CudaError::Copy { got: 16, there: 8 });

    // A request flies in pieces of as many bytes as it may have, to the byte.
    let [one, two] = [1, 2].map(|episodes| least(&device, episodes, u64::MAX));
    assert_eq!(least(&device, 4, 2 * (two - one)), two);
    assert_eq!(least(&device, 4, 2 * (two - one) - 1), one);
    set("XMRL_EMULATED_MEMORY", &(1 << 30).to_string());

    // Threads of their own share a device.
    let shared = &device;
    std::thread::scope(|scope| {
        let flying: Vec<_> = (0..4).map(|k| scope.spawn(move || doubled(shared, &[f64::from(k)], 1))).collect();
        let found: Vec<f64> = flying.into_iter().map(|thread| thread.join().unwrap().unwrap()[0]).collect();
        assert_eq!(found, [0.0, 2.0, 4.0, 6.0]);
    });

    // Last, because a card is lost to its process after it: the third thread writes beyond its array.
    let error = doubled(&device, &[1.0; 5], 2).unwrap_err().to_string();
    assert!(
        error.contains("kernel doubles failed on emulated (no card)") && error.contains("no allocation"),
        "{error}"
    );
    assert!(error.contains("CUDA_ERROR_LAUNCH_FAILED") && error.contains("start it again"), "{error}");
    assert!(
        matches!(Buffer::room(&device, 8), Err(CudaError::Call { name, .. }) if name == "CUDA_ERROR_LAUNCH_FAILED")
    );
}
